"""Names of the hard rules and of the terms of the score, and the reasons for which requests are left out."""

from typing import Final

RULES: Final[dict[str, tuple[str, str]]] = {
    # --- hard rules
    "plan_columns": ("方案表格完整", "The plan's tables are complete"),
    "request_placed_once": (
        "每个需求恰好安排一次或说明原因",
        "Every request is placed once, or left out with a reason",
    ),
    "visit_not_empty": ("每次检查至少有一个需求", "A visit has a request"),
    "visit_one_enterprise": ("一次检查只到一个场所", "A visit goes to one site"),
    "visit_one_a_day": ("同一场所一天最多检查一次", "A site is visited once a day at most"),
    "pin_kept": ("人工固定的内容不变", "What people have pinned stays"),
    "quiet_day": ("安静期内不做日常检查（R60）", "No daily inspections on quiet days (R60)"),
    "cap_exception": ("超过频次上限，已说明理由（R30–R35）", "Over a cap, with a reason (R30–R35)"),
    "repeat_soon": ("不在规定天数内重复入企（R37）", "An enterprise is not visited again too soon (R37)"),
    "joint_lost": ("能联合的检查应当联合（R36）", "Checks that can go together do (R36)"),
    "other_month": ("在部门计划的月份内", "In the month that the department planned"),
    "crew_off_draw": ("人员按抽取名次派出（R51）", "People go in the order of the draw (R51)"),
    "short_notice": ("已告知的检查不临时变动（R27）", "What was announced does not change at short notice (R27)"),
    "visit_on_workday": ("只排在轮次内的工作日", "Only on working days of the round"),
    "visit_in_window": ("在每个需求的时间窗口内", "The day lies in each request's window"),
    "visit_enterprise_open": ("不在安静期、停产等不宜入企的日子", "Not on quiet days or while the site is shut"),
    "visit_start_quarter": (
        "半天的检查不跨中午，全天的从早上开始",
        "Half days do not cross noon, whole days begin early",
    ),
    "department_capacity": ("部门当天人手足够", "The department has enough people that day"),
    "visit_departments_limit": ("一次检查的部门数不超过上限", "A visit has no more departments than allowed"),
    "visit_inspectors_limit": ("一次检查的人数不超过上限", "A visit has no more people than allowed"),
    "request_alone": ("要求单独检查的不合并", "What must be separate is not merged"),
    "conflict_apart": ("互相冲突的需求不合并", "Conflicting requests are apart"),
    "notice_modes_apart": ("突击检查不与提前告知的合并", "Announced and unannounced are apart"),
    "enterprise_max_visits": ("不超过企业检查次数上限", "The enterprise's cap on visits is kept"),
    "sequence_gap": ("先后次序和间隔符合要求", "Sequences and gaps are kept"),
    "request_locked": ("锁定的日期不变", "Locked days stay"),
    "roster_complete": ("每个需求的人员到齐", "Every request has all its people"),
    "roster_own_department": ("人员属于本部门", "People are of their own department"),
    "roster_present": ("人员当天在岗", "People are present"),
    "roster_certificate": ("执法证在有效期内", "Certificates are valid"),
    "roster_recusal": ("应回避的人员不参加", "Whoever has to withdraw takes no part"),
    "roster_no_overlap": ("一个人同一时段只在一处", "Nobody is in two places at once"),
    "roster_skill": ("有具备所需资质的人", "Somebody has the skill"),
    "roster_hop": ("相邻两次检查的距离可以赶到", "The next visit can be reached in time"),
    "roster_one_lead": ("有且只有一名带队人", "One person leads"),
    "result_figures": ("结果数字与方案一致", "The figures agree with the plan"),
    "locks_collide": ("锁定互相冲突", "Locks collide"),
    # --- terms of the score
    "unscheduled": ("未排入的需求", "Requests left out"),
    "visits": ("入企次数（按信用分类加权）", "Visits, weighted by credit class"),
    "trips": ("出车次数", "Trips"),
    "delay": ("高风险企业检查偏晚", "High-risk sites visited late"),
    "moves": ("偏离原定日期", "Days other than planned"),
    "repeats": ("短期内重复入企", "Visits to one site soon after each other"),
}

OBSTACLES: Final[dict[str, tuple[str, str]]] = {
    "visit_one_a_day": ("该场所当天已有另一次检查", "The site is visited that day already"),
    "pin_kept": ("会改动人工固定的内容", "It would change something that is pinned"),
    "visit_on_workday": ("不是本轮次的工作日", "Not a working day of the round"),
    "visit_in_window": ("超出有的部门的时间窗口", "Outside the window of one of the departments"),
    "visit_enterprise_open": (
        "场所当天不接待检查（安静期、停产或另有检查）",
        "The site takes no visits that day (quiet days, shut, or visited already)",
    ),
    "visit_start_quarter": ("时段放不下这次检查", "The visit does not fit into that part of the day"),
    "department_capacity": ("部门当天人手不够", "The department has too few people that day"),
    "visit_departments_limit": ("同去的部门超过上限", "More departments than a visit may have"),
    "visit_inspectors_limit": ("同去的人数超过上限", "More people than a visit may have"),
    "request_alone": ("其中有要求单独检查的", "One of them must be separate"),
    "conflict_apart": ("两项需求不能同去", "The two may not go together"),
    "notice_modes_apart": (
        "一个突击、一个提前告知，合并会泄露",
        "One is unannounced and one announced: joined, the first would leak",
    ),
    "enterprise_max_visits": ("超过企业检查次数上限", "More visits than the enterprise's cap"),
    "sequence_gap": ("与前后检查的次序或间隔不符", "Too close to the check before or after it"),
    "request_locked": ("日期已锁定", "The day is locked"),
    "roster_complete": ("能去的人不够", "Too few people can go"),
    "roster_own_department": ("有不属于本部门的人员", "Somebody belongs to another department"),
    "roster_present": ("当天在岗的人不够", "Too few people are on duty that day"),
    "roster_certificate": ("有人的执法证已到期", "Somebody's certificate has expired"),
    "roster_recusal": ("有应当回避的人员", "Somebody has to withdraw from this one"),
    "roster_no_overlap": ("有人同一时段已在别处", "Somebody is elsewhere at that time"),
    "roster_skill": ("当天没有具备所需资质的人", "Nobody with the skill is on duty that day"),
    "roster_hop": ("有人来不及从上一处赶到", "Somebody cannot get there in time from the visit before it"),
    "roster_one_lead": ("没有唯一的带队人", "There is not exactly one crew lead"),
    "quiet_day": ("在安静期内（R60）", "On quiet days (R60)"),
}
"""What is in the way where a rule forbids a day or a step: the same ids, said as what is wrong."""

WAYS_OUT: Final[dict[str, tuple[str, str]]] = {
    "visit_in_window": (
        "固定的日子不在部门申报的时间窗口内：松开日期固定，或请部门放宽窗口。",
        "The pinned day lies outside the department's window: loosen the day, or ask for a wider window.",
    ),
    "visit_enterprise_open": (
        "当天该场所不接待检查（安静期、停产或另一轮次已有检查）：松开日期固定，或固定到别的日子。",
        "The site takes no visit that day (quiet, shut, or seen in another round): loosen the day or pin another one.",
    ),
    "department_capacity": (
        "同一天固定的检查超过部门当天的人手：松开其中一次的日期固定即可。",
        "More is pinned to that day than the department has people for: loosen the day of one of these visits.",
    ),
    "roster_complete": (
        "能去的人不够（固定的人员请假、证件到期或应回避）：松开人员固定，或换一天。",
        "Too few people can go (leave, certificate, recusal of the pinned crew): loosen the crew or the day.",
    ),
    "roster_present": (
        "固定的人员没有一天能一起到场：松开人员固定，或换人后再固定。",
        "The pinned crew has no day together: loosen the crew, or pin other people.",
    ),
    "roster_certificate": (
        "固定的人员已不能执法（离岗或证件到期）：松开人员固定，或换人后再固定。",
        "The pinned crew may not inspect any more (left, or certificate over): loosen the crew, or pin other people.",
    ),
    "roster_skill": (
        "当天没有具备所需资质的人：松开日期或人员固定。",
        "Nobody with the skill is there that day: loosen the day or the crew.",
    ),
    "roster_no_overlap": (
        "同一人被固定在同一时段的两处：松开其中一次的人员固定或日期固定。",
        "One person is pinned to two places at once: loosen the crew or the day of one of these visits.",
    ),
    "conflict_apart": (
        "固定了部门组合的检查与同场所当天的另一项需求不能合并：松开部门固定，或让其中一次改日。",
        "A visit with pinned departments meets another request of the site that day: loosen the departments or a day.",
    ),
    "request_alone": (
        "要求单独检查的需求与别的需求固定在同一场所同一天：松开其中一次的日期固定。",
        "What must be separate is pinned to one site and day with another: loosen the day of one of them.",
    ),
    "notice_modes_apart": (
        "突击检查与提前告知的检查固定在同一场所同一天：松开其中一次的日期固定。",
        "An unannounced and an announced visit are pinned to one site and day: loosen the day of one of them.",
    ),
    "visit_departments_limit": (
        "同一场所同一天固定的部门超过上限：松开其中一个部门的日期固定。",
        "More departments are pinned to one site and day than a visit may have: loosen the day of one of them.",
    ),
    "visit_inspectors_limit": (
        "同一场所同一天固定的人数超过上限：松开其中一个部门的日期固定。",
        "More people are pinned to one site and day than a visit may have: loosen the day of one of them.",
    ),
}
"""By rule: which pin to loosen where requests collide."""

REASONS: Final[dict[str, tuple[str, str]]] = {
    "no_day_in_window": ("时间窗口内没有工作日", "No working day in the window"),
    "closed": ("窗口内企业处于安静期或停产等", "The site is closed on every day of the window"),
    "capacity": ("窗口内部门人手不够", "The department has too few people in the window"),
    "max_visits": ("企业检查次数已到上限", "The enterprise's cap on visits is reached"),
    "sequence": ("前一项检查没有排入或间隔不够", "The check that must come before it is missing or too late"),
    "lock": ("锁定的日期不能用", "The locked day cannot be used"),
    "conflict": ("与其他需求冲突", "Conflicts with another request"),
    "crew": ("找不到符合条件的人员", "No suitable people can be found"),
    "too_long": ("检查时间超过一天", "Longer than a working day"),
    "set_aside": ("已由协调员暂缓，可以重新排入", "Set aside by the coordinator; it can be placed again"),
    "too_many": ("人数超过一次检查的上限", "More people than a visit may have"),
    "cost": ("排入的代价大于收益", "Placing it costs more than it gains"),
    "not_placed": ("求解时还没有这个需求", "The request did not exist yet when the solve began"),
}
