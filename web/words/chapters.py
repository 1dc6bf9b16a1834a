"""Chapters of the manual that several roles read, or that would crowd the table of contents. Knows no role."""

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


def section(heading: Words, text: Words, picture: str = "") -> Section:
    """A chapter: heading and text in both languages, and the name of its picture."""
    return Section(heading=heading, text=text, picture=picture)


DESK: Final = section(
    ("工作台", "The desk"),
    (
        ("登录后先看工作台：待办按截止时间排列，超期的标红并写明。点进去办完，这一行就消失；数字是件数。"),
        (
            "After you sign in, the desk lists what is waiting for you, by deadline; what is overdue is marked. "
            "Once it is done the line goes; the figure is how many there are."
        ),
    ),
    "desk",
)
CONFIRM: Final = section(
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
            "and is recorded. Vertical bodies are invited: their silence is not consent. A later edit "
            "asks only those it concerns again, and marks what was edited."
        ),
    ),
    "confirm",
)
ROUND: Final = section(
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
FIGURES: Final = section(
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
BRIEF: Final = section(
    ("决策单和批准", "The brief and the approval"),
    (
        (
            "决策单用一页纸写明统筹前后、例外、部门意见、与上一轮的比较和经手人。批准绑定草案指纹：草案一"
            "改动批准就作废；经手过草案的人不能批准。"
        ),
        (
            "The brief says on one page what changes, the exceptions, what departments say, last round's "
            "figures and who had a hand in it. An approval is bound to the draft's hash: an edit "
            "voids it; whoever edited cannot approve."
        ),
    ),
    "brief",
)
HISTORY: Final = section(
    ("来龙去脉", "History"),
    (
        (
            "从轮次或检查页打开“来龙去脉”：谁把什么从什么改成什么、为什么，一目了然。指纹由发布内容重新"
            "计算，与批准时、封存时和审计记录逐一比对。"
        ),
        (
            "From a round or a visit you open its history: who changed what, from what to what, and why. "
            "Hashes are computed anew from what was released and compared with the approval, the "
            "seal and the audit trail."
        ),
    ),
    "history",
)

SEARCH: Final = section(
    ("查找", "Search"),
    (
        (
            "左上角的查找框在每一页都有，按 / 键直接进入：输入企业名称、统一社会信用代码、计划编号、人"
            "员或事项，几个词用空格隔开。只找得到本岗位能看的内容。"
        ),
        (
            "The field at the top left is on every page; the key / goes there. Type an enterprise, a "
            "credit code, a plan number, an officer or an item. You find what your role may see, and "
            "nothing else."
        ),
    ),
)
DERIVE: Final = section(
    ("年度计划分解到月", "From the annual plan to the month"),
    (
        (
            "年度计划备案后，在计划页点“分解”：选任务和月份，系统按剩余数量生成当月计划的草稿，分了多少"
            "、还剩多少都列出来。没有分解的任务落在期限的最后一个月。"
        ),
        (
            "Once the annual plan is filed, derive from its page: choose tasks and a month, and a draft "
            "for that month is made from what is left, with the shares shown. What nobody derives falls "
            "into the last month of its span."
        ),
    ),
    "derive",
)
PUBLISH_RESULTS: Final = section(
    ("公示结果", "Publishing results"),
    (
        (
            "检查办结后二十个工作日内公示（规则 R55），工作台提前提醒。在“待公示的结果”里逐条核对再"
            "点公示，公示后人人可查。"
        ),
        (
            "Results are public within twenty working days of the visit (rule R55); the desk reminds you. "
            "Look at each on the page of results due, then publish it; everybody can read it then."
        ),
    ),
)
REVIEW: Final = section(
    ("法制审核", "Legal review"),
    (
        (
            "需要法制审核的计划在提交后先到这里：看依据、主体、人员和规则预检的提醒，同意就转给负责人，不"
            "同意就写明理由退回，经办员改好可以再交。"
        ),
        (
            "Plans that need it come here first: look at basis, body, officers and the warnings of the "
            "rules. Agree and the head decides next; or return it with a reason, and the clerk mends and "
            "submits it again."
        ),
    ),
    "review",
)
BOARD: Final = section(
    ("统筹看板", "The board"),
    (
        (
            "看板按部门、镇街或带队人排出一个月的检查。拖到另一天就是改期，不能放的日子变暗并写明规则；键"
            "盘用方向键选、M 改期、Esc 取消。条纹是草稿，实色是已发布，带标记的是发布后改过的。"
        ),
        (
            "The board shows a month of visits by department, township or leader. Drag a visit to move it; "
            "days it cannot go to are hatched and name the rule. By keyboard: arrows, M to move, Esc to "
            "leave. Striped is draft, plain is published, ◆ has changed since."
        ),
    ),
    "board",
)
EDITING: Final = section(
    ("调整一次检查", "Editing a visit"),
    (
        (
            "打开检查再点“调整”：改期、换人、固定、拆分、合并、退回，并列出最合适的几个时间和各自的代价"
            "。硬性规则不能越过，软性规则写明理由可以保留。每一步都能撤销和重做，刷新页面、换人登录都不丢"
            "。"
        ),
        (
            "Open a visit and edit it: move it, change its crew, pin, split or join it, set it aside; the best "
            "places are ranked with their cost. Hard rules cannot be overridden; soft ones can, with a reason. "
            "Every step can be undone and redone, after a reload too."
        ),
    ),
    "edit",
)
CONFLICTS: Final = section(
    ("冲突、试算和小改重排", "Conflicts, what-if and re-solving"),
    (
        (
            "“冲突和提示”把必须解决的和只是提醒的分开列出。“假设试算”先看换个规则会怎样，不动草案；“"
            "小改重排”限定最多改几次检查，先看变化再采用，可以只采用一部分。"
        ),
        (
            "The page of conflicts tells what must be settled from mere warnings. What-if shows what "
            "other weights, closed days or fewer people would change, and leaves the draft alone; "
            "a re-solve keeps to a number of changes, shows them first, and can be taken in part."
        ),
    ),
)
NOTICES: Final = section(
    ("发布和通知", "Publication and notices"),
    (
        (
            "批准的草案到时间自动发布成一个编号版本，每个企业、部门、人员只收到与自己有关的变化。“通知发"
            "送”里看送达、失败和要打印送达的，失败的可以重发。"
        ),
        (
            "An approved draft is published at its time as a numbered release; everybody is told only what "
            "changed for them. The outbox shows what was delivered, what failed and what is handed over on paper; a "
            "failed notice can be sent again."
        ),
    ),
    "outbox",
)
SPECIALS: Final = section(
    ("专项检查", "Special campaigns"),
    (
        ("专项检查要区政府批准（规则 R23）：工作台上出现后，看理由、数量和本年已用的次数，同意或写明理由退回。"),
        (
            "Special campaigns need the government's approval (rule R23): from your desk look at the "
            "reason, the size and how many of this year's quota are used; agree, or return the plan with a "
            "reason."
        ),
    ),
)
APPROVING: Final = section(
    ("批准的时候", "When you approve"),
    (
        (
            "先在部门确认结束之后看决策单，再点“审阅并批准”：页面写明发布后会发出多少条通知、哪些企业联"
            "系不上、有哪些提示。选定发布时间；到时间之前可以撤回。"
        ),
        (
            "Read the brief once the departments have answered, then review and approve: the page says how "
            "many notices go out, who cannot be reached and which warnings are left. Choose the time; until "
            "then you can take it back."
        ),
    ),
)
ON_SITE: Final = section(
    ("到场以后", "On site"),
    (
        (
            "打开检查点“到场签到”，或扫企业门口的场所二维码。逐项选结果、拍照、写说明，最后牵头人办结。"
            "没有网络时照样填，手机先存着，连上网自动发送；没有发完不要退出。"
        ),
        (
            "Open the visit and check in, or scan the code at the door. Choose a result for each item, add "
            "pictures and words; the leader closes the visit. Without a network you go on: the phone keeps "
            "it and sends it later. Do not sign out before."
        ),
    ),
    "onsite",
)
PAPERS: Final = section(
    ("带纸出门", "On paper"),
    (
        (
            "“打印文书”选一天，下载出勤表和检查记录表；单次检查的通知书在检查页面。都只按已发布的版本印"
            "，页脚有打印人和时间。"
        ),
        (
            "Choose a day under papers for the roster and the checklists; a visit's notice is on its page. "
            "They follow the release; prints of pages name who printed them and when."
        ),
    ),
)
BY_HAND: Final = section(
    ("送纸质通知", "Notices on paper"),
    (
        (
            "没有账号、也没有电子联系方式的企业要当面送达纸质通知。工作台和“打印文书”列出待送达的：打印通"
            "知书，送到后在检查页面登记签收人和日期。没有登记就不算告知。"
        ),
        (
            "An enterprise without account and address gets its notice by hand. Desk and papers list those "
            "that wait: print, hand over, and note on the page of the visit who took it and when. Until "
            "then nobody was told."
        ),
    ),
)
ONE_VISIT: Final = section(
    ("一次检查", "One visit"),
    (
        (
            "点开一次检查：时间地点、请准备的资料、来的人和证号、每个部门查什么、依据哪条、今年查了几次和"
            "上限、您的权利。可以申请改期（每次检查一回，提前两个工作日）或申请某位人员回避。"
        ),
        (
            "A visit says when and where, what to prepare, who comes with which certificate, what each "
            "department looks at and on what basis, how often this year and the cap, and your rights. Ask "
            "for another day (once, two working days ahead) or that an officer withdraws."
        ),
    ),
    "portal_visit",
)
ASKING: Final = section(
    ("诉求和评价", "Requests and ratings"),
    (
        (
            "咨询、投诉在“我的诉求”里看办理到哪一步；投诉只有执法监督能看到。检查结束后用评价凭证匿名评"
            "价，被评价的部门看不到是谁。没有账号的，用通知上的访问码打开自己的检查。"
        ),
        (
            "See under your requests how far a question or complaint has come; complaints are read by "
            "supervision alone. After a visit the rating slip rates it anonymously. Without an account, "
            "the access code on a notice opens your visit."
        ),
    ),
    "asked",
)
WARNINGS: Final = section(
    ("监督警示", "Warnings"),
    (
        (
            "按规则从检查记录和安排里找出重复入企、超频次、可合未合、同一人员多次检查都没有问题等情况，每"
            "一条写明规则、来源和算法，可以下载。"
        ),
        (
            "Repeated visits, too many of them, visits that could be joined, an officer who never finds anything "
            "at one place: each found by rule from records and plans, with its source and how it is counted, to "
            "be downloaded."
        ),
    ),
    "oversight",
)
COMPLAINTS: Final = section(
    ("投诉和评价", "Complaints and ratings"),
    (
        (
            "企业的投诉在“企业诉求”里答复，部门看不到；原始评价只有监督能看，部门只看到五份以上的汇总。"
            "审计记录写明谁在何时把什么改成什么，校验可以随时重算。"
        ),
        (
            "Complaints are answered under requests; departments do not see them. Raw ratings are for "
            "supervision alone, departments see sums of five and more. The audit trail says who changed "
            "what and when, and can be verified at any time."
        ),
    ),
)
