"""Words for the warnings of supervision: their names, what each looks for, and the columns of their rows."""

from typing import Final

WARNINGS: Final[dict[str, tuple[str, str]]] = {
    "repeated_visits": ("短期内重复入企", "Seen again too soon"),
    "uncapped_often": ("不限次检查明显过多", "Clearly excessive uncapped inspections"),
    "merge_missed": ("可以合并而未合并", "Could have been one visit"),
    "same_officer": ("同一人员多次检查无问题", "Same officer, no findings, again and again"),
    "special_quota": ("专项检查数量已满", "Quota of special campaigns used up"),
    "annual_plan": ("年度计划未按时备案", "Annual plan not filed"),
    "back_filing": ("应急检查逾期未补办", "Emergency papers overdue"),
    "off_plan": ("计划外检查", "Visits off plan"),
    "partners_silent": ("会签逾期未答复", "Partners have not answered"),
    "results_late": ("检查结果逾期未公开", "Results not public in time"),
    "orders_late": ("责令改正逾期未跟踪", "Orders to mend past their day"),
}
LOOKS_FOR: Final[dict[str, tuple[str, str]]] = {
    "repeated_visits": (
        "同一场所 {days} 天内被不同部门分次检查，看最近 {recent} 天和已发布的安排。",
        "One site seen by several bodies on separate visits within {days} [day|days]; last {recent} days and ahead.",
    ),
    "uncapped_often": (
        "不受频次上限限制的检查，一家企业十二个月内超过 {most} 次。",
        "Inspections that no cap stops, more than {most} at one enterprise in twelve months.",
    ),
    "merge_missed": (
        "同一轮次、同一场所、不同日子的检查，需求可以联合、告知方式相同、时间窗口相交，看最近 {recent} 天和以后。",
        "Visits of a round to one site, joint and announced alike, with days in common; last {recent} days and ahead.",
    ),
    "same_officer": (
        "同一执法人员一年内在同一企业检查 {least} 次以上，都没有发现问题；只计已有结果的检查。",
        "One officer at one enterprise {least} [time|times] or more in a year and nothing found; visits with results.",
    ),
    "special_quota": (
        "一个部门一年的专项检查达到数量控制（一般为 {quota} 项），再提交将被拒绝。",
        "A body has used up its special campaigns of the year (in general {quota}); another one is refused.",
    ),
    "annual_plan": (
        "年度计划应在 {deadline} 前公布备案，当月 1 日起提醒，过期为逾期。",
        "The annual plan is due by {deadline}; reminded from the first of that month, overdue after it.",
    ),
    "back_filing": (
        "紧急检查后应在 {working_days} 个工作日内补办备案。",
        "The papers of an emergency inspection are due within {working_days} working [day|days].",
    ),
    "off_plan": (
        "最近 {recent} 天没有列入计划而开展的检查，逐件核对来由和补办情况。",
        "Visits of the last {recent} [day|days] that no plan had: what set each off, and whether its papers are filed.",
    ),
    "partners_silent": (
        "请求会签后 {joint_days} 个工作日内应当答复。",
        "A request to countersign is answered within {joint_days} working [day|days].",
    ),
    "results_late": (
        "检查之日起 {working_days} 个工作日内应当录入并公开结果。",
        "Results are entered and public within {working_days} working [day|days] of the visit.",
    ),
    "orders_late": (
        "整改期限已过，既没有办结也没有在办的复查；复查期限也过了的同样列出。",
        "Orders whose day is gone, not ended and with no re-inspection under way, or one that is late itself.",
    ),
}
COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "enterprise": ("企业", "Enterprise"),
    "site": ("场所", "Site"),
    "round": ("轮次", "Round"),
    "before": ("先一次", "First visit"),
    "bodies_before": ("先到的部门", "Who came first"),
    "after": ("后一次", "Second visit"),
    "bodies_after": ("后到的部门", "Who came after"),
    "gap_days": ("相隔天数", "Days between"),
    "times": ("次数", "Times"),
    "bodies": ("部门", "Bodies"),
    "last": ("最近一次", "Last time"),
    "common_first": ("可合并的第一天", "First day in common"),
    "common_last": ("可合并的最后一天", "Last day in common"),
    "why": ("未合并的原因", "Why not"),
    "officer": ("执法人员", "Officer"),
    "body": ("部门", "Body"),
    "partner": ("未答复的部门", "Who has not answered"),
    "year": ("年度", "Year"),
    "plans": ("专项数", "Campaigns"),
    "quota": ("控制数", "Quota"),
    "plan": ("检查计划", "Plan"),
    "inspected_on": ("检查日期", "Inspected on"),
    "day": ("检查日期", "Day of the visit"),
    "item": ("检查事项", "Item"),
    "review": ("复查计划", "Re-inspection"),
    "due": ("期限", "Due"),
    "days_late": ("逾期天数", "Days overdue"),
    "trigger": ("触发来源", "Trigger"),
    "clue": ("线索编号", "Number of the clue"),
    "urgency": ("情况", "Urgency"),
    "status": ("状态", "Status"),
}
