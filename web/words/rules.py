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
    "visit_on_workday": ("只排在轮次内的工作日", "Only on working days of the round"),
    "visit_in_window": ("在每个需求的时间窗口内", "The day lies in each request's window"),
    "visit_enterprise_open": ("不在安静期、停产等不宜入企的日子", "Not on quiet days or while the site is shut"),
    "visit_start_quarter": (
        "半天的检查不跨中午，全天的从早上开始",
        "Half days do not cross noon, whole days begin early",
    ),
    "department_capacity": ("部门当天人手足够", "The department has enough people that day"),
    "visit_departments_limit": ("一次检查的部门数不超过上限", "Not too many departments in a visit"),
    "visit_inspectors_limit": ("一次检查的人数不超过上限", "Not too many people in a visit"),
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
    "roster_recusal": ("应回避的人员不参加", "Nobody inspects whom they must leave to others"),
    "roster_no_overlap": ("一个人同一时段只在一处", "Nobody is in two places at once"),
    "roster_skill": ("有具备所需资质的人", "Somebody has the skill"),
    "roster_hop": ("相邻两次检查的距离可以赶到", "The next place is near enough"),
    "roster_one_lead": ("有且只有一名带队人", "One person leads"),
    "result_figures": ("结果数字与方案一致", "The figures agree with the plan"),
    "locks_collide": ("锁定互相冲突", "Locks collide"),
    # --- terms of the score
    "unscheduled": ("未排入的需求", "Requests left out"),
    "visits": ("入企次数（按信用分类加权）", "Visits, weighted by credit class"),
    "trips": ("出车次数", "Trips"),
    "delay": ("高风险企业检查偏晚", "High-risk sites seen late"),
    "moves": ("偏离原定日期", "Days other than planned"),
    "repeats": ("短期内重复入企", "Visits to one site in short order"),
}

REASONS: Final[dict[str, tuple[str, str]]] = {
    "no_day_in_window": ("时间窗口内没有工作日", "No working day in the window"),
    "closed": ("窗口内企业处于安静期或停产等", "The site is closed on every day of the window"),
    "capacity": ("窗口内部门人手不够", "The department has too few people in the window"),
    "max_visits": ("企业检查次数已到上限", "The enterprise's cap on visits is reached"),
    "sequence": ("前一项检查没有排入或间隔不够", "The check before it is missing or too late"),
    "lock": ("锁定的日期不能用", "The locked day cannot be used"),
    "conflict": ("与其他需求冲突", "Conflicts with another request"),
    "crew": ("找不到符合条件的人员", "No suitable people can be found"),
    "too_long": ("检查时间超过一天", "Longer than a working day"),
    "set_aside": ("已由协调员暂缓，可以重新排入", "Set aside by the coordinator; it can be placed again"),
    "too_many": ("人数超过一次检查的上限", "More people than a visit may have"),
    "cost": ("排入的代价大于收益", "Placing it costs more than it gains"),
    "not_placed": ("求解时还没有这个需求", "The request was not there when the solve began"),
}
