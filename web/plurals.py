"""One or many in English texts: `%(count)s [visit|visits]`. Knows no text and no page.

Chinese needs no plural, and the Chinese texts are the message ids: the form for one and the form for many stand side by
side in the English. The figure that decides is the last one named before the brackets, or the first one after them; it
is `count` where a text names none, because the page shows the figure beside the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from flask import Flask
from flask_babel import Babel, Domain, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

FORMS: Final = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
FIGURE: Final = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def choose(text: str, values: Mapping[str, Any]) -> str:
    """Settle every `[one|many]` of a text that is not filled in yet, by the figure beside it in `values`."""
    return FORMS.sub(lambda forms: _form(forms, values), text) if "[" in text else text


def _form(forms: re.Match[str], values: Mapping[str, Any]) -> str:
    before = list(FIGURE.finditer(forms.string, 0, forms.start()))
    named = before[-1] if before else FIGURE.search(forms.string, forms.end())
    value = values.get(named[1] or named[2] if named else "count")
    return forms[1] if str(value) == "1" else forms[2]


class _CountingDomain(Domain):
    def gettext(self, string: str, **variables: Any) -> str:
        text = str(self.get_translations().ugettext(string))
        return choose(text, variables) % variables if variables else text


class CountingBabel(Babel):
    """Flask-Babel whose texts know one from many, in code and in templates."""

    def init_app(self, app: Flask, *args: Any, **kwargs: Any) -> None:
        super().init_app(app, *args, **kwargs)
        app.jinja_env.globals["gettext"] = _in_template

    @cached_property
    def domain_instance(self) -> Domain:
        return _CountingDomain(domain=self.domain)


@pass_context
def _in_template(context: Context, string: str, /, **variables: Any) -> str:
    """What Jinja's own does, with one step between: always a format string, marked safe where values are escaped."""
    text = choose(get_translations().ugettext(string), variables)
    return (Markup(text) if context.eval_ctx.autoescape else text) % variables  # noqa: S704 -- our own texts


def texts_of_page() -> dict[str, Callable[..., Markup]]:
    """The same for one page of HTML, whose language is looked up once instead of for each of its 300 texts."""
    translate = get_translations().ugettext

    def text(string: str, /, **variables: Any) -> Markup:
        return Markup(choose(translate(string), variables)) % variables  # noqa: S704 -- our own texts

    return {"_": text, "gettext": text}
