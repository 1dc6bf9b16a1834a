"""Sentences for the faults of typed fields; those of sheets are next door and joined here."""

from typing import Final

from web.words.findings import FINDING_FAULTS
from web.words.sheets import SHEET_FAULTS, SHEET_REFUSALS

_FIELDS: Final[dict[str, tuple[str, str]]] = {
    # --- sign-in and accounts
    "wrong_credentials": ("用户名或密码不正确。", "The user name or the password is wrong."),
    "too_many_attempts": (
        "连续输错次数过多，请 {minutes} 分钟后再试，或请管理员重置密码。",
        "Too many wrong attempts. Try again in {minutes} [minute|minutes], or ask the administrator for a new one.",
    ),
    "too_many_codes": (
        "连续输错次数过多，请 {minutes} 分钟后再试，或者打通知书上的电话。",
        "Too many wrong attempts. Try again in {minutes} [minute|minutes], or ring the number on the notice.",
    ),
    "wrong_password": ("当前密码不正确。", "The present password is wrong."),
    "password_too_short": ("密码至少 {shortest} 位。", "A password has at least {shortest} characters."),
    "password_too_long": ("密码最多 {longest} 位。", "A password has at most {longest} [character|characters]."),
    "password_too_simple": ("密码里不同的字符太少。", "The password repeats too few characters."),
    "password_has_name": ("密码里不能含有用户名。", "The password must not contain the user name."),
    "password_unchanged": ("新密码与原密码相同。", "The new password is the old one."),
    "password_mismatch": ("两次输入的新密码不一致。", "The two new passwords differ."),
    "bad_username": (
        "用户名不能有空格，最多 {longest} 个字符。",
        "A user name has no blanks and at most {longest} [character|characters].",
    ),
    "taken": ("已被使用，请换一个。", "This is taken already."),
    # --- the enterprise's side
    "wrong_code": (
        "号码或访问码不正确，或者访问码已经失效。请核对通知书，或打通知书上的电话再要一个。",
        "The number or the code is wrong, or the code is no longer good. Check the notice, or call for another code.",
    ),
    "too_late_to_move": (
        "离检查不到 {workdays} 个工作日，不能再申请改期。确有困难请打通知上的电话。",
        "It is less than {workdays} working [day|days] to the visit: too late to ask. Call the number on the notice.",
    ),
    "day_not_offered": (
        "这一天不在可选的日子里，请从列出的日子中选一天。",
        "This day is not on offer. Choose one of those in the list.",
    ),
    # --- any field
    "required": ("请填写这一项。", "Please fill this in."),
    "missing": ("请填写这一项。", "Please fill this in."),
    "no_file": ("请选择一个文件。", "Please choose a file."),
    "unknown_choice": ("没有这个选项，请从列表中选择。", "There is no such choice; pick one of the list."),
    "unknown_field": ("没有这一项。", "There is no such field."),
    "extra_forbidden": ("不能填写这一项。", "This field cannot be set."),
    "enum": ("没有这个选项，请从列表中选择。", "There is no such choice; pick one of the list."),
    "literal_error": ("没有这个选项，请从列表中选择。", "There is no such choice; pick one of the list."),
    "too_long": ("内容过长，请缩短。", "This is too long."),
    "string_too_long": ("最多 {max_length} 个字符。", "At most {max_length} characters."),
    "bad_characters": ("含有不能保存的字符。", "There are characters that cannot be stored."),
    "string_type": ("请填写文字。", "Text is expected."),
    "date_type": ("不是有效的日期。", "This is not a date."),
    "date_parsing": ("不是有效的日期。", "This is not a date."),
    "date_from_datetime_parsing": ("不是有效的日期。", "This is not a date."),
    "nothing_changed": (
        "和现在的结果一样，没有要更正的内容。",
        "This is what the result says already: there is nothing to correct.",
    ),
    "int_type": ("请填写整数。", "Please give a whole number."),
    "int_parsing": ("请填写整数。", "Please give a whole number."),
    "float_parsing": ("请填写数字。", "Please give a number."),
    "finite_number": ("请填写数字。", "Please give a number."),
    "greater_than": ("应大于 {gt}。", "More than {gt} is expected."),
    "greater_than_equal": ("不能小于 {ge}。", "At least {ge} is expected."),
    "less_than_equal": ("不能大于 {le}。", "At most {le} is allowed."),
    "out_of_range": ("应在 {min} 到 {max} 之间。", "Between {min} and {max} is expected."),
    "no_time_zone": ("时间缺少时区。", "The time lacks its zone."),
    "no_export_before": (
        "还没有导出过这张表，请先全部导出。",
        "This table was not exported before: export all of it first.",
    ),
    "mapping_without_table": (
        "映射里没有写任何一张表，例如 [visits]。",
        "The mapping names no table, such as [visits].",
    ),
    "unfit_missing": ("对方要求填写，但这里是空的。", "The other side requires it, and it is empty."),
    "unfit_unknown_value": (
        "映射没有写明这个值对应对方的什么代码。",
        "The mapping does not say which code stands for this value.",
    ),
    "unfit_bad_form": ("不符合对方要求的格式。", "It is not in the form that the other side requires."),
    "unfit_too_long": ("超过对方允许的长度。", "It is longer than the other side allows."),
    "address_not_allowed": (
        "只能推送到系统设置 ONEDOOR_PUSH_HOSTS 里的主机（{hosts}），并且要用 https。",
        "Only hosts of the setting ONEDOOR_PUSH_HOSTS ({hosts}) can be pushed to, by https.",
    ),
    "not_pushed": ("不能这样选。", "This cannot be chosen."),
    "name_taken": ("这个名称已经有了，请换一个。", "This name is taken; choose another."),
    "bad_cursor": ("不是上次导出给出的游标。", "This is no cursor that an export has given."),
    "bad_mapping": (
        "映射文件在这里有误：{place}。请对照“新建映射”里的样例改正。",
        "The mapping file is wrong here: {place}. Compare it with the sample under “New mapping”.",
    ),
    "mapping_syntax": (
        "第 {line} 行不是正确的 TOML（常见的是少了引号、括号或等号），请对照“新建映射”里的样例改正。",
        "Line {line} is no TOML (often a quote, a bracket or an equals sign is missing): compare it with the sample.",
    ),
    "in_the_past": ("时间已经过去。", "This lies in the past."),
    "over_a_year_ahead": (
        "日期在一年以后，请核对年份。",
        "The day is more than a year ahead: look at the year again.",
    ),
    # --- lists of the registry
    "credit_code_length": ("统一社会信用代码应为 18 位。", "A credit code has 18 characters."),
    "credit_code_sign": (
        "统一社会信用代码只用数字和大写字母，不用 I、O、S、V、Z。",
        "A credit code has digits and capitals, without I, O, S, V and Z.",
    ),
    "credit_code_check": (
        "统一社会信用代码的校验码不对，请核对有没有输错一位。",
        "The check sign of the credit code is wrong: look for a mistyped character.",
    ),
    "no_address_needed": ("站内消息不需要地址。", "The inbox needs no address."),
    "bad_address": ("地址不正确，请检查。", "This is no address."),
    "short_notice": (
        "有 {count} 次临近的检查变动（{until}前），请写明理由并再次确认。",
        "Changes of {count} [visit|visits] before {until} come at short notice: give a reason and confirm once more.",
    ),
    "publication_too_late": (
        "到那时有 {count} 次新安排的检查日期已过（最早 {first}）。请提前发布，或先把它们改期。",
        "{count} new [visit|visits] would be over by then, the first on {first}: publish earlier, or move them first.",
    ),
    "after_round": (
        "晚于本轮检查期限的最后一天（{last}），请改早。",
        "This is after the last day of the round, {last}: choose an earlier time.",
    ),
    "handed_to_needed": ("请填写签收人。", "Say who took it."),
    "handed_too_early": (
        "通知 {day} 才写好，送达日期不能更早。",
        "The notice was written on {day}; it cannot have been handed over before.",
    ),
    "handed_in_future": ("送达日期不能晚于今天。", "The day cannot lie in the future."),
    "unknown_class": ("请写 A、B、C 或 D。", "Write A, B, C or D."),
    "unknown_word": ("不认识这个词。可以写：{known}", "This word is not known. There is: {known}"),
    "unknown_enterprise": (
        "名录里没有这家企业，请先导入企业名录。{name}",
        "The registry has no such enterprise; import it first. {name}",
    ),
    "unknown_site": (
        "这家企业没有叫“{name}”的在用场所。",
        "This enterprise has no site in use called “{name}”.",
    ),
    "unknown_officer": (
        "没有这个执法证号，请先导入人员名录。",
        "There is no such certificate; import the officers first.",
    ),
    "unknown_organisation": ("没有这个部门。", "There is no such department."),
    "unknown_skill": ("没有这种专业资格：{name}", "There is no such skill: {name}"),
    "foreign_officer": ("不是本部门的执法人员。", "This officer belongs to another department."),
    "name_differs": ("姓名与证号不符，登记的是“{name}”。", "Name and certificate do not agree: it is “{name}”."),
    "name_differs_above": (
        "与第 {row} 行代码相同而名称不同（“{name}”），请核对代码。",
        "Row {row} has the same code and another name (“{name}”): check the code.",
    ),
    "row_twice": ("与第 {row} 行重复。", "The same as row {row}."),
    "yes_or_no": ("请写“是”或“否”。", "Write yes or no."),
    "time_parsing": ("请写成 8:30 这样的时间。", "Write a time like 8:30."),
    "closes_before_opens": ("营业结束早于开始。", "Closing lies before opening."),
    "one_skill_only": ("一个事项只能要求一种专业资格。", "An item can ask for one skill only."),
    "faulty_rows": (
        "有 {rows} 行有问题：请改好后重新上传，或者选择不含这些行生效。",
        "{rows} [row is|rows are] at fault: mend that and send the list again, or take over the rest.",
    ),
    "unchanged": ("与原来相同。", "This is what it was."),
    "same_enterprise": ("不能并入自己。", "An enterprise cannot be merged into itself."),
    "closed_enterprise": ("这家企业已停用。", "This enterprise is closed."),
    "all_sites": ("至少要留下一处场所。", "One site at least must stay."),
    "basis_needed": ("公布的事项必须写明检查依据（R10）。", "A published item needs its legal basis (R10)."),
    "lead_needed": ("有配合部门就要有牵头部门。", "Partners need a leading department."),
    "lead_is_partner": ("牵头部门不能同时是配合部门。", "The lead cannot be a partner as well."),
    # --- plans and tasks
    "period_backwards": ("结束日期早于开始日期。", "The end lies before the beginning."),
    "site_not_in_round": (
        "本轮没有叫“{name}”的企业或场所。请填企业全称、场所名称或统一社会信用代码，每行一个。",
        "No enterprise or site of this round is called “{name}”. Give full names or credit codes, one a line.",
    ),
    "period_too_long": ("期限太长。", "The period is too long."),
    "no_sites": ("指定对象时，请至少填写一家企业。", "Name at least one enterprise."),
    # --- draws with parties
    "too_few_parties": ("至少 {least} 方。", "At least {least} parties are needed."),
    "too_many_parties": ("最多 {most} 方。", "At most {most} parties."),
    "seat_twice": ("各方的名称和账号不能重复。", "Each party needs a name and an account of its own."),
    "own_seat": ("组织抽取的人不能同时作为见证方。", "Whoever prepares the draw cannot be one of its parties."),
    "no_such_account": ("没有账号“{name}”，或已停用。", "There is no account “{name}” in use."),
    "party_refused_before": (
        "“{party}”在上次抽取中未公开密语，不能再作为见证方。",
        "“{party}” kept its secret back in the draw before and cannot be a party again.",
    ),
    "not_in_order": ("后一个期限要晚于前一个时间。", "Each deadline comes after the time before it."),
    "choice_of_two": (
        "有一方不公开密语也继续时，公开数值到期未填写只能中止，否则有人可以挑选结果。",
        "Where the draw goes on without a party, a missing public value must abort it, else somebody could choose.",
    ),
    "value_needed": (
        "选择“继续”时必须约定一个公开数值，否则最后一方可以挑选结果。",
        "To go on without a party, name a public value: without one the last party could choose the result.",
    ),
    "value_too_early": (
        "公开数值产生的时间要晚于公开密语的期限。",
        "The public value must come into being after the secrets are due.",
    ),
    "ratio_text": ("请填写 0 到 1 之间的小数，如 0.05。", "Give a decimal between 0 and 1, such as 0.05."),
    "reason_for_second_draw": (
        "本轮或同一任务以前抽取过，再次抽取请写明理由，前后两次都会公开。",
        "This round or one of its tasks was drawn before: give a reason; both draws stay public.",
    ),
    "not_a_hash": ("承诺应是 64 位十六进制数。", "A commitment is a number of 64 hexadecimal digits."),
    "commitment_copied": (
        "与另一方的承诺相同，请用自己的密语。",
        "Another party has the same commitment: use a secret of your own.",
    ),
    "wrong_secret": ("密语和盐与所提交的承诺不符。", "Secret and salt do not fit the commitment."),
    "secret_too_short": ("密语至少 {least} 个字符。", "A secret has at least {least} characters."),
    "no_class_of_sites": ("随机抽取时，请选择监管场景或镇街。", "Choose a scenario or a town to draw from."),
    "no_ratio_or_quantity": ("随机抽取时，请填写比例或数量。", "Give a share or a number to draw."),
    "reason_needed": ("单独检查要写明理由。", "Say why the visit must be separate."),
    "unknown_sites": ("没有找到：{names}", "Not found: {names}"),
    "ambiguous_sites": ("有多个场所，请写场所全名：{names}", "Several sites; give the full name of one: {names}"),
    "duplicate_task": ("这份计划里已经有相同的任务。", "The plan has the same task already."),
    "foreign_item": ("“{name}”是其他部门的事项。", "“{name}” is another body's item."),
    "undisturbed_item": (
        "“{name}”在“无事不扰”清单里，只有个案检查或复查才能查。",
        "“{name}” is on the undisturbed list: only single cases and follow-ups may check it.",
    ),
    "could_be_offsite": ("这一事项可以不到现场检查。", "This item can be checked without a visit."),
    "outside_period": ("超出计划的实施期限。", "Outside the period of the plan."),
    "no_visits": ("草案里还没有检查，没有需要确认的内容。", "The draft has no visit yet: there is nothing to confirm."),
    "nothing_proposed": ("请至少为一次检查填写建议的日期。", "Propose another day for one visit at least."),
    "unknown_visit": ("这次检查不在征求意见的范围内。", "This visit is not among those you are asked about."),
    "same_day": ("建议的日期与原定日期相同。", "That is the day on which it is planned already."),
    "not_a_workday": ("这一天不是工作日，请另选。", "Not a working day: choose another one."),
    "day_outside_round": (
        "日期应在本轮期限 {first} 至 {last} 之内。",
        "The day must lie in the round's period, {first} to {last}.",
    ),
    "outside_round": (
        "与轮次期限 {first} 至 {last} 没有重叠。",
        "Does not touch the round's period {first} to {last}.",
    ),
    "tasks_outside_period": (
        "任务 {tasks} 会超出期限，请先改任务。",
        "Tasks {tasks} would lie outside; change them first.",
    ),
    "outside_territory": ("“{name}”不在本镇街辖区内。", "“{name}” lies outside the township's own area."),
    "own_organisation": ("配合部门不能是本部门。", "A partner cannot be the own body."),
    "site_closed": ("有场所已停用。", "A site is closed."),
    "site_unknown": ("没有找到这个场所。", "There is no such site."),
    "no_tasks": ("还没有检查任务。", "There are no tasks yet."),
    "unknown_item": ("没有编号为“{code}”的检查事项。", "There is no item with the code “{code}”."),
    "body_of_other_kind": ("“{name}”不是这类单位。", "“{name}” is not a body of this kind."),
    "years_backwards": ("结束年度早于开始年度。", "The last year lies before the first."),
    "cap_twice": (
        "适用范围相同的上限已经有一条，请修改那一条。",
        "There is a cap of the same scope already: change that one.",
    ),
    "capped_uncounted": ("不计数的检查不能受限。", "What is not counted cannot be capped."),
    "exemption_twice": (
        "这种检查类型和触发来源已经有一条，请修改那一条。",
        "There is a line for this kind and trigger already: change that one.",
    ),
    "entrusts_itself": ("不能委托自己。", "A body cannot entrust itself."),
    "entrusted_further": (
        "受委托组织不能再委托其他组织。",
        "A body that is itself entrusted cannot entrust another.",
    ),
    "same_item": ("两个事项不能相同。", "The two items cannot be the same."),
    "conflict_twice": (
        "这两个事项的冲突已经登记，请修改那一条。",
        "The conflict of these two items is noted already: change that one.",
    ),
    "span_backwards": ("后一个数不能小于前一个数。", "The second figure must not be below the first."),
    "bad_line": (
        "第 {line} 行“{text}”请写成：场景编号、分类、次数，例如 S01 A 1。",
        "Line {line}, “{text}”: write the code of a scenario, a class and a figure, such as S01 A 1.",
    ),
    "line_twice": (
        "第 {line} 行“{text}”的场景和分类已经写过。",
        "Line {line}, “{text}”: this scenario and class stand above already.",
    ),
    "no_such_warning": ("没有需要说明理由的提示。", "There is no warning that takes a reason."),
    "body_may_not_inspect": ("本单位没有行政检查职责，不能提交检查计划。", "This body has no right to inspect."),
    "body_not_announced": ("本单位的检查主体资格尚未公告。", "This body has not been announced as one that inspects."),
    "review_missing": (
        "复查要指明对应的原检查，请修改计划。",
        "A follow-up needs the inspection it follows: edit the plan.",
    ),
    "emergency_incomplete": (
        "应急检查要写明理由和检查日期，请修改计划。",
        "An emergency needs its reason and the day of the inspection: edit the plan.",
    ),
    "only_cases": ("只有个案检查可以先查后补。", "Only a single case may be filed after the inspection."),
    "in_the_future": ("日期还没有到。", "This day has not come yet."),
    "superior_document_missing": (
        "垂直管理单位的专项检查要填写上级批准文号，请修改计划。",
        "A special campaign of a vertical body needs its superior's document number: edit the plan.",
    ),
    "no_legal_reviewer": (
        "本部门没有可用的法制审核员账号，请管理员开通。",
        "Your body has no account for legal review: ask the administrator.",
    ),
    "unfinished_tasks": (
        "还有 {count} 项任务没有填完，请填完或放弃。",
        "{count} [task is unfinished: finish it or give it up|tasks are unfinished: finish them or give them up].",
    ),
    "task_taken": (
        "任务“{name}”已纳入统筹轮次，不能修改。",
        "The task “{name}” was taken into a round and cannot be changed.",
    ),
    "taken_meanwhile": (
        "修改期间，任务“{name}”已纳入统筹轮次；请恢复这项任务的原内容。",
        "A round took the task “{name}” meanwhile: give it its old content again.",
    ),
    "more_than_left": (
        "任务“{name}”只剩 {left} 户可分解。",
        "Only {left} [site is|sites are] left of the task “{name}”.",
    ),
    "not_a_share": ("期限应在上级计划的期限之内。", "The period should lie inside that of the longer plan."),
    "filing_closed": ("“{round}”的申报已经截止。", "Filing for “{round}” is over."),
    "nothing_filed": (
        "没有已备案的计划，不能冻结（还有 {waiting} 份未备案）。",
        "No plan has been filed yet ({waiting} on the way).",
    ),
    # --- keys of programs
    "given_twice": ("同一个参数只能写一次。", "A parameter may be given once only."),
    "not_an_object": ("请求体应为一个 JSON 对象。", "The body must be a JSON object."),
    "model_type": ("应为一个对象。", "An object is expected."),
    "model_attributes_type": ("应为一个对象。", "An object is expected."),
    "dict_type": ("应为一个对象。", "An object is expected."),
    "tuple_type": ("应为一个列表。", "A list is expected."),
    "list_type": ("应为一个列表。", "A list is expected."),
    "bool_type": ("应为 true 或 false。", "True or false is expected."),
    "bool_parsing": ("应为 true 或 false。", "True or false is expected."),
    "float_type": ("请填写数字。", "Please give a number."),
    "int_from_float": ("请填写整数。", "Please give a whole number."),
    "int_parsing_size": ("数字太大。", "The number is too large."),
    "date_from_datetime_inexact": ("不是有效的日期。", "This is not a date."),
    "string_pattern_mismatch": ("格式不对。", "The form is not the right one."),
    "scope_beyond_role": ("这个角色用不了“{scope}”。", "This role cannot use “{scope}”."),
    # --- rounds, releases, field work
    "round_overlaps": ("与“{round}”的期限重叠。", "Overlaps with “{round}”."),
    "after_period": ("申报截止时间晚于检查期限。", "Filing would end after the period."),
    "bad_key": (
        "提交编号无效，请刷新页面后重试。",
        "The number of this entry is wrong: reload the page and try again.",
    ),
    "identity_number": (
        "“{text}”里有疑似身份证号码的内容，不能公示，请先更正事项名称。",
        "“{text}” holds what looks like an identity number and cannot be published: mend the item first.",
    ),
    "phone_number": (
        "“{text}”里有疑似电话号码的内容，不能公示，请先更正事项名称。",
        "“{text}” holds what looks like a phone number and cannot be published: mend the item first.",
    ),
    "wrong_site_code": (
        "这不是本场所的场所码，请核对后重新输入，或改用手工签到。",
        "This is not the code of this site: look again, or check in by hand.",
    ),
    "reason_or_code": (
        "请扫描或输入场所码；没有场所码时请说明原因。",
        "Scan or type the code of the site, or say why you cannot.",
    ),
    "backfill_over": (
        "到场已超过 {days} 日，不能补录，请联系执法监督部门。",
        "The arrival is more than {days} [day|days] ago and cannot be filled in any more: ask the supervisor.",
    ),
    "nothing_recorded": ("还没有填写任何事项的结果。", "No result has been filled in yet."),
    "unchecked_why": ("“{item}”：请选择未检查的原因。", "“{item}”: say why it was not checked."),
    "measure_needed": ("“{item}”：请选择处置方式。", "“{item}”: choose what is done about it."),
    "problem_text": ("“{item}”：请写明发现的问题。", "“{item}”: describe the problem."),
    "mend_by_far": (
        "“{item}”：整改期限在一年以后，请核对年份。",
        "“{item}”: the day is more than a year ahead, look at the year again.",
    ),
    "mend_by_needed": (
        "“{item}”：请填写今天以后的整改期限。",
        "“{item}”: give a day after today by which it is to be mended.",
    ),
    "items_open": ("还有 {count} 个事项没有结果。", "{count} [item is|items are] still without a result."),
    "absent_note": (
        "有部门没有到场，请说明情况后再办结。",
        "A department did not come: say why before you close.",
    ),
    "reason_names_enterprise": (
        "理由会公开，不要写企业名称和代码。",
        "The reason will be public: leave out the name and code of the enterprise.",
    ),
    "photo_type": ("只收 JPG 和 PNG 照片。", "Only JPG and PNG photos are taken."),
    "photo_broken": ("照片文件不完整，请重新拍摄或选择。", "The photo is damaged: take or choose it again."),
    "too_many_photos": ("一个事项最多 {most} 张照片。", "An item has {most} photos at most."),
    "duty_until": ("答复期限要晚于现在、早于检查当天。", "The time for an answer lies after now and before the day."),
    "duty_days_asked": (
        "这几天的请假已经提出，正等答复，见下方。要改日期请先撤回。",
        "You have asked for these days already, see below: withdraw that first to change them.",
    ),
    "duty_days_noted": (
        "这几天已记为不能参加，不用再提出。",
        "You are noted as away on these days: there is no need to ask again.",
    ),
    "duty_colleague": ("请选择本部门的另一名执法人员。", "Choose another officer of your department."),
    "duty_return": (
        "只能用自己今后的、事先告知企业的检查来交换，请重新选择。",
        "Only a coming, announced visit of your own can be given in exchange: choose again.",
    ),
    "duty_elsewhere": (
        "{name}在{day}已有检查：{other_starts} {other}，和{starts} {site}时间重叠。请换人，或先把其中一次改期。",
        "{name} is at {other} on {day} at {other_starts}, which overlaps {site} at {starts}: take another or move one.",
    ),
    "duty_stand_in": ("请选择由谁去。", "Choose who goes instead."),
    "order_note": ("请写明看了什么材料、改正到什么程度。", "Say which papers you have seen and what was mended."),
    "off_plan_site": (
        "没有找到这个场所：请扫描场所码，或填写企业的统一社会信用代码、全称。",
        "No such site: scan its code, or give the enterprise's credit code or full name.",
    ),
    "off_plan_trigger": ("请选择触发来源。", "Choose what set the visit off."),
    "off_plan_clue": ("这种来源要填写线索编号。", "This trigger needs the number of the clue."),
    "off_plan_reason": (
        "请说明为什么不能等到列入计划再查。",
        "Say why the visit could not wait until a plan had it.",
    ),
    "off_plan_items": ("请至少选择一个检查事项。", "Choose one item at least."),
    "two_officers": ("至少两名执法人员才能入企检查。", "Two officers at least may enter an enterprise."),
    "officer_unfit": (
        "所选人员不在本部门，或者证件当天无效。",
        "Somebody chosen is not of your department, or has no valid certificate on that day.",
    ),
    "officer_recused": ("{name}与这家企业有利害关系，应当回避。", "{name} must withdraw from this enterprise."),
    "visit_took_place": (
        "检查已经进行，检查类型、先查后补和检查日期不能改。",
        "The visit took place: kind, emergency and day cannot be changed.",
    ),
    "arrived_before_day": (
        "到场时间早于检查日期 {day}，请填写当天的时间。",
        "The arrival lies before {day}, the day of the visit: give the time on that day.",
    ),
    "too_early": ("还没到检查日期 {day}，不能签到。", "It is not yet {day}: check in on the day."),
    # --- working calendar
    "file_type": (
        "只收 PDF、JPG、PNG、DOCX 和 XLSX 文件，不收带宏的文件。",
        "Only PDF, JPG, PNG, DOCX and XLSX files are taken, none with macros.",
    ),
    "file_differs": (
        "文件内容与扩展名不符，请用原来的程序另存后再传。",
        "The content is not what the name says: save it again with its own program.",
    ),
    "too_many_files": ("一份计划最多 {most} 份材料。", "A plan has {most} documents at most."),
    "file_too_large": ("文件超过 {most} KB。", "The file has more than {most} KB."),
    "file_unreadable": ("文件不是 UTF-8 或 GB18030 编码的 CSV。", "The file is no CSV in UTF-8 or GB18030."),
    "column_missing": ("缺少“{column}”列。", "The column “{column}” is missing."),
    "row_not_a_date": ("第 {row} 行的日期“{text}”无效。", "Row {row}: “{text}” is not a date."),
    "row_unknown_kind": ("第 {row} 行的类型“{text}”无效。", "Row {row}: “{text}” is no kind of day."),
    "no_rows": ("文件里没有数据。", "The file has no rows."),
}

FAULTS: Final[dict[str, tuple[str, str]]] = {**SHEET_FAULTS, **SHEET_REFUSALS, **_FIELDS, **FINDING_FAULTS}
