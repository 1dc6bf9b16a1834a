"""The manual (帮助): one page a role, each control and rule in two sentences, with pictures that the tests take.

`MANUAL`: role -> sections; a section has a heading, a text, and the name of a picture in web/static/manual or "".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Words = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One thing to know: words in Chinese and English."""

    heading: Words
    text: Words
    picture: str = ""


def _section(heading: Words, text: Words, picture: str = "") -> Section:
    return Section(heading=heading, text=text, picture=picture)


_DESK: Final = _section(
    ("工作台", "The desk"),
    (
        ("登录后先看工作台：待办按截止时间排列，超期的标红并写明。点进去办完，这一行就消失；数字是件数。"),
        (
            "After signing in the desk lists what waits for you, by deadline; what is overdue says so. "
            "Do it and the line is gone; the figure is a count."
        ),
    ),
    "desk",
)
_CONFIRM: Final = _section(
    ("确认检查安排", "Confirming visits"),
    (
        (
            "草案形成后，协调员向每个部门征求意见。三个工作日内可以同意、为个别检查建议另一天，或说明理由"
            "不同意；不答复视为同意并记录在案。垂直管理单位是受邀参加，不答复不算同意。草案再改动时，只重"
            "新征求涉及的部门，有改动的检查会标出来。"
        ),
        (
            "Once there is a draft the coordinator asks every department. Within three working days you "
            "agree, propose another day for single visits, or refuse with a reason; silence is consent "
            "and is recorded. Vertical bodies are invited: their silence is no consent. A later edit "
            "asks only those concerned, and marks what was edited."
        ),
    ),
    "confirm",
)
_ROUND: Final = _section(
    ("轮次走到哪一步", "Where a round stands"),
    (
        (
            "轮次页上方是进度：申报、冻结、抽取、求解、形成草案、批准、发布。“下一步”写明现在能做什么。"
            "时限按规则 R62：一个单位能定的一个工作日，多个部门商定的三个工作日。"
        ),
        (
            "The top of a round's page shows the steps: filing, freeze, draw, solving, draft, approval, p"
            "ublication; “next” says what can be done now. Limits follow rule R62: one working day for "
            "what one office decides, three for several."
        ),
    ),
    "round",
)
_FIGURES: Final = _section(
    ("统计", "Statistics"),
    (
        (
            "“各自检查”是同样的需求在没有统筹时最少要上门的次数，算法写在页面上。每个数字都能点开明细并"
            "下载。负担只看均衡，不作指标、不排名（规则 R67）。"
        ),
        (
            "“Uncoordinated” is the fewest visits for the same requests if each department went by itse"
            "lf; the page says how it is counted. Every number opens its rows, to be downloaded. Load is "
            "balance only: no target, no rank (rule R67)."
        ),
    ),
    "figures",
)
_BRIEF: Final = _section(
    ("决策单和批准", "The brief and the approval"),
    (
        (
            "决策单用一页纸写明统筹前后、例外、部门意见、与上一轮的比较和经手人。批准绑定草案指纹：草案一"
            "改动批准就作废；经手过草案的人不能批准。"
        ),
        (
            "The brief says on one page what changes, the exceptions, what departments say, last round's "
            "figures and who had a hand in it. An approval is bound to the draft's fingerprint: an edit "
            "voids it; whoever edited cannot approve."
        ),
    ),
    "brief",
)
_HISTORY: Final = _section(
    ("来龙去脉", "History"),
    (
        (
            "从轮次或检查页打开“来龙去脉”：谁把什么从什么改成什么、为什么，一目了然。指纹由发布内容重新"
            "计算，与批准时、封存时和审计记录逐一比对。"
        ),
        (
            "A round or a visit opens its history: who changed what from what to what, and why. "
            "Fingerprints are counted again from what was released and compared with the approval, the "
            "seal and the audit trail."
        ),
    ),
    "history",
)

MANUAL: Final[dict[str, tuple[Section, ...]]] = {
    "clerk": (
        _DESK,
        _section(
            ("申报计划", "Filing plans"),
            (
                (
                    "用手头的 Excel 或 CSV 上传，逐行核对后导入；也可以在网页上分步填写。标红的必须改正，提醒的可"
                    "以说明理由后继续。提交后由负责人备案。"
                ),
                (
                    "Upload the sheet you have and check it line by line, or fill in the steps on the page. What "
                    "is marked red must be mended; a warning may be answered with a reason. The head then files "
                    "it."
                ),
            ),
            "plans",
        ),
        _CONFIRM,
        _FIGURES,
    ),
    "head": (
        _DESK,
        _section(
            ("审核备案", "Deciding on plans"),
            (
                (
                    "经办人提交的计划在一个工作日内审核（涉及多个部门的三个工作日）：同意备案，或写明理由退回。备"
                    "案后才能进入统筹轮次。"
                ),
                (
                    "Decide within one working day (three where several departments are concerned): file the "
                    "plan or return it with a reason. Only filed plans enter a round."
                ),
            ),
        ),
        _CONFIRM,
        _FIGURES,
    ),
    "coordinator": (
        _ROUND,
        _section(
            ("求解和方案", "Solving"),
            (
                (
                    "冻结、抽取之后求解：时限越长方案通常越好，种子和数据相同方案就相同。方案写明得分、证明的下限"
                    "和没有排入的需求及原因，采用后成为草案。"
                ),
                (
                    "Solve after the freeze and the draw: more time usually gives a better proposal, the same "
                    "seed and data the same one. It shows its score, a proven bound and what is left out and "
                    "why; adopting it makes it the draft."
                ),
            ),
        ),
        _section(
            ("征求部门意见", "Asking the departments"),
            (
                (
                    "在轮次页发出征求意见，随时看到谁还没答复。改期建议：采纳就把检查改到那一天，不采纳写明理由。"
                    "草案十分钟没有再改动时，系统自动重新征求受影响的部门；撤回要写理由。"
                ),
                (
                    "Ask from the round's page and see who is awaited. A proposed day is taken by moving the "
                    "visit, or declined with a reason. When the draft has rested for ten minutes those whose "
                    "part was edited are asked anew."
                ),
            ),
            "awaited",
        ),
        _BRIEF,
        _FIGURES,
    ),
    "officer": (
        _DESK,
        _section(
            ("我的检查", "My visits"),
            (
                (
                    "“我的检查”列出今天和以后要去哪里、和谁一起、查什么。到场后先点“到场签到”（规则 R66），突"
                    "击检查在签到之前企业看不到。日历可以订阅到手机。"
                ),
                (
                    "“My visits” says where you go, with whom and for what. Check in on arrival first (rule R66"
                    "); an enterprise sees an unannounced visit only then. The calendar can be subscribed to."
                ),
            ),
            "fieldwork",
        ),
    ),
    "enterprise": (
        _section(
            ("检查安排", "Your visits"),
            (
                (
                    "谁要来、什么时候来、查什么、请准备什么，都在这里；改期或取消会另行通知。没有列出的部门不会在"
                    "这次检查中上门。手机日历可以订阅。"
                ),
                (
                    "Who comes, when, for what, and what to prepare. You are told when a visit moves or is "
                    "cancelled. Nobody else comes with this visit. Your phone's calendar can subscribe."
                ),
            ),
            "portal",
        ),
    ),
    "supervisor": (_HISTORY, _BRIEF, _FIGURES),
    "administrator": (
        _section(
            ("账号、日历、规则", "Accounts, calendar, rules"),
            (
                (
                    "账号页新建、停用账号并重置密码；工作日历页上传调休表；检查规则页修改参数，先看影响再生效，每"
                    "一版都留存。审计链校验可以随时重算。"
                ),
                (
                    "Create and close accounts and reset passwords; upload make-up working days; change the "
                    "parameters of rules after seeing their effect, every version being kept. The audit chain "
                    "can be counted again at any time."
                ),
            ),
            "rules",
        ),
        _HISTORY,
    ),
}
