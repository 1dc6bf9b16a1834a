"""The manual (帮助): one page a role, each control and rule in a few sentences, with pictures that a journey takes.

`MANUAL`: role -> sections; a section has a heading, a text, and the name of a picture in web/static/manual or "".
"""

from __future__ import annotations

from typing import Final

from web.words.chapters import (
    APPROVING,
    ASKING,
    BOARD,
    BRIEF,
    BY_HAND,
    COMPLAINTS,
    CONFIRM,
    CONFLICTS,
    DERIVE,
    DESK,
    EDITING,
    FIGURES,
    HISTORY,
    NOTICES,
    ON_SITE,
    ONE_VISIT,
    PAPERS,
    PUBLISH_RESULTS,
    REVIEW,
    ROUND,
    SEARCH,
    SPECIALS,
    WARNINGS,
    Section,
    section,
)

MANUAL: Final[dict[str, tuple[Section, ...]]] = {
    "clerk": (
        DESK,
        section(
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
        DERIVE,
        CONFIRM,
        BY_HAND,
        PUBLISH_RESULTS,
        SEARCH,
        FIGURES,
    ),
    "head": (
        DESK,
        section(
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
        CONFIRM,
        PUBLISH_RESULTS,
        FIGURES,
    ),
    "legal": (DESK, REVIEW, SEARCH),
    "coordinator": (
        ROUND,
        section(
            ("求解和方案", "Solving"),
            (
                (
                    "冻结、抽取之后求解：时限越长方案通常越好，种子和数据相同方案就相同。方案写明得分、证明的下限"
                    "和没有排入的需求及原因，采用后成为草案。"
                ),
                (
                    "Solve after the freeze and the draw: more time usually gives a better proposal, the same "
                    "seed and data the same one. It shows its score, a proven bound, and what is left out and "
                    "why; adopting it makes it the draft."
                ),
            ),
        ),
        BOARD,
        EDITING,
        CONFLICTS,
        section(
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
        BRIEF,
        NOTICES,
        SEARCH,
        FIGURES,
    ),
    "approver": (BRIEF, APPROVING, SPECIALS, FIGURES),
    "officer": (
        DESK,
        section(
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
        ON_SITE,
        PAPERS,
    ),
    "enterprise": (
        section(
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
        ONE_VISIT,
        ASKING,
    ),
    "supervisor": (DESK, WARNINGS, COMPLAINTS, HISTORY, BRIEF, FIGURES),
    "administrator": (
        section(
            ("账号、日历、规则", "Accounts, calendar, rules"),
            (
                (
                    "账号页新建、停用账号并重置密码；工作日历页上传调休表；检查规则页修改参数，先看影响再生效，每"
                    "一版都留存。审计链校验可以随时重算。"
                ),
                (
                    "Create and close accounts and reset passwords; upload make-up working days; change the "
                    "parameters of rules after seeing their effect, every version being kept. The audit chain "
                    "can be verified at any time."
                ),
            ),
            "rules",
        ),
        HISTORY,
    ),
}
