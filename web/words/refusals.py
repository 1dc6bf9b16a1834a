"""Sentences for the codes of errors: what happened and what to do next."""

from typing import Final

REFUSALS: Final[dict[str, tuple[str, str]]] = {
    # --- registry
    "closed_already": ("这家企业已经停用。", "This enterprise is closed already."),
    "open_already": (
        "这家企业不能恢复：它在用，或者已并入另一家。",
        "It cannot be opened: it is in use, or was merged into another.",
    ),
    # --- notices
    "newer_message": (
        "此后已有更新的通知发给同一对象，不能再发这一条。",
        "A newer notice went to the same recipient; this one cannot be sent any more.",
    ),
    "not_dead": ("只有发送失败的通知才能重试。", "Only a notice that failed can be tried again."),
    "not_on_paper": ("这条通知不是待送达的纸质通知。", "This is no paper notice that waits to be handed over."),
    "nothing_to_restore": (
        "第 {number} 版中的检查已全部无法恢复。",
        "Nothing of release {number} can be restored.",
    ),
    # --- the enterprise's side
    "visit_cancelled": ("这次检查已经取消，不需要确认。", "This visit was cancelled; there is nothing to confirm."),
    "visit_over": ("这次检查已经开始、结束或者取消。", "This visit has begun, is over, or was cancelled."),
    "asked_already": (
        "这件事已经申请过，每次检查只能申请一次。",
        "This was asked for already; it can be asked once a visit.",
    ),
    "not_rateable": (
        "这次检查现在不能评价：还没有进行，或者评价凭证已经领过。",
        "This visit cannot be rated: it has not taken place, or its slip was taken already.",
    ),
    "appeal_of_other_kind": ("这件诉求不能这样办理。", "This request is not dealt with in this way."),
    "day_over": ("企业要求的日子已经过去。", "The day that was asked for has passed."),
    # --- data for others
    "batch_open": (
        "还有一批没有推送完，请先处理。",
        "A batch is still open: settle it first.",
    ),
    "mapping_in_use": (
        "还有推送目的地在用这个映射，请先给它们换一个。",
        "A push still goes by this mapping: give it another one first.",
    ),
    "no_dead_batch": ("没有被拒收的批次。", "No batch was refused."),
    "export_gone": (
        "导出文件已过保存期限，请重新导出。",
        "The file is kept no longer: export the table again.",
    ),
    "exports_waiting": (
        "已有 {most} 个导出在排队，请稍后再试。",
        "{most} [export is|exports are] waiting already. Ask again a little later.",
    ),
    # --- HTTP
    "http_400": ("请求有误，请返回重试。", "The request could not be read. Go back and try again."),
    "http_401": ("请先登录。", "Please sign in first."),
    "http_403": ("您没有办理此事的权限。", "You may not do this."),
    "http_404": ("没有找到这个页面，可能已被移走，或者不属于您。", "There is no such page, or it is not yours to see."),
    "http_405": ("这个页面不能这样操作。", "This page cannot be used that way."),
    "http_406": ("不能以所要求的格式回答。", "The answer cannot be given in that format."),
    "http_413": (
        "内容过大：表格和照片等文件不超过 10 MB，其他内容不超过 512 KB。按浏览器的返回键，填写的文字还在。",
        "Too large: files may have up to 10 MB, anything else 512 KB. Your browser's back key shows what you typed.",
    ),
    "http_415": ("不支持这种文件格式。", "This kind of file is not taken."),
    "http_422": ("填写的内容有误，请改正后再提交。", "Something in the form needs to be mended."),
    "http_429": ("操作过于频繁，请稍后再试。", "Too many requests. Please wait a moment."),
    "http_500": (
        "系统出了问题，您的操作没有保存。请稍后再试；如果反复出现，请把页面下方的编号告诉管理员。",
        "Something went wrong and nothing was saved. Try again later, or tell the administrator the number below.",
    ),
    "http_503": ("服务暂时不可用，请稍后再试。", "The service is not available at the moment."),
    # --- questions to the solver
    "no_draft": (
        "本轮还没有草案，请先求解一次，再试算或小改重排。",
        "The round has no draft yet: solve it once before asking what if.",
    ),
    "assumptions_not_confirmed": (
        "这个方案是按假设的日期或人员试算的，采用前请先勾选确认。",
        "This proposal was solved for days or people that are only assumed. Tick the box before taking it.",
    ),
    "budget_exceeded": (
        "按现在的草案，采用它要改动 {changes} 次检查，超过预算 {budget} 次。请重新求解，或只采用其中一部分。",
        "It changes {changes} [visit|visits] of the draft; {budget} [is|are] allowed. Solve again or take a part.",
    ),
    "nothing_chosen": (
        "没有选中与草案不同的检查，请先选择镇街、部门或企业。",
        "Nothing that differs from the draft was chosen. Choose townships, departments or enterprises first.",
    ),
    "runs_too_many": (
        "一小时内最多提交 {most} 次求解，请稍后再试。",
        "At most {most} [solve|solves] an hour may be asked for. Please wait a little.",
    ),
    "queue_full": (
        "排队等待的求解已有 {most} 个，请等前面的完成后再提交。",
        "{most} [solve is|solves are] waiting already. Ask again later.",
    ),
    # --- ours
    "signed_out": (
        "登录已过期，这次提交没有保存。填写的内容在下面，请先复制，再重新登录。",
        "You have been signed out and nothing was saved. What you typed stands below: copy it, then sign in again.",
    ),
    "form_expired": (
        "这个页面打开得太久，或者登录已变更，请返回刷新后重新提交。",
        "The form has expired or the sign-in has changed. Go back, reload the page and send it again.",
    ),
    "not_found": (
        "没有找到这项内容，可能已被移走，或者不属于您。",
        "There is nothing here, or it is not yours to see.",
    ),
    "stale": (
        "在您编辑期间，别人已经修改了这项内容，您的修改没有保存。请打开最新内容核对后再提交。",
        "Somebody else changed this meanwhile; yours was not saved. Open the latest version and send it again.",
    ),
    "conflict": ("这项内容已被别人抢先办理。", "Somebody else was faster."),
    "constraint": (
        "与已有的记录冲突，没有保存。请刷新页面查看最新内容。",
        "This collides with what is stored already and was not saved. Reload to see the latest.",
    ),
    "not_permitted": ("您没有办理此事的权限。", "You may not do this."),
    "confirmations_open": (
        "“{round}”还在征求部门意见：{awaited} 个部门未答复，{counters} 项改期建议未处理，暂不能批准。",
        "“{round}” is still with departments: {awaited} to answer, {counters} [proposal|proposals] of days to decide.",
    ),
    "confirmation_withdrawn": (
        "“{round}”的征求意见已经撤回，不用再答复。",
        "“{round}” does not ask any more: nothing is left to answer.",
    ),
    "confirmation_replaced": (
        "征求意见之后“{round}”里本部门的安排有改动，请等新的征求意见再答复。",
        "Your part of “{round}” was edited since: wait for the new question and answer that one.",
    ),
    "confirmation_over": (
        "“{round}”的这次征求意见已经结束，不能再答复。",
        "This question of “{round}” is over and can no longer be answered.",
    ),
    "own_account": ("不能停用自己的账号。", "You cannot disable your own account."),
    "illegal_transition": (
        "当前状态下不能这样操作，请刷新页面查看最新状态。",
        "This is not possible in the present state: reload the page to see it.",
    ),
    "invalid": ("填写的内容有误，请改正后再提交。", "Something in the form needs to be mended."),
    "rule_broken": ("违反了 {count} 条硬性规则，不能继续。", "{count} hard [rule is|rules are] broken."),
    "unknown_sort": ("不能按“{sort}”排序。", "The list cannot be sorted by “{sort}”."),
    "domain_error": ("未能完成，请稍后再试。", "This could not be done. Try again later."),
    "data_error": ("未能完成，请稍后再试。", "This could not be done. Try again later."),
    "template_fault": (
        "文书模板 {template} 有误，请管理员改正或删除数据目录中的这个文件：{place}",
        "The template {template} is faulty; an administrator has to mend it or take it out of the data folder: {place}",
    ),
    "bad_setting": ("系统设置 {name} 有误。", "The setting {name} is wrong."),
    "weak_secret": ("系统密钥 {name} 太弱。", "The secret {name} is too weak."),
    "nothing_to_schedule": ("“{round}”里没有可以排期的检查。", "There is nothing to schedule in “{round}”."),
    "creator_may_not_file": ("不能备案自己填报的计划，请由其他负责人办理。", "Nobody files a plan of their own."),
    "editor_may_not_decide": (
        "您参与过这份计划的填报，请由其他人审核。",
        "You have worked on this plan; somebody else has to decide.",
    ),
    "decided_already": (
        "您已在前一环节办理过这份计划，请由其他人办理。",
        "You have decided on this plan at an earlier stage; somebody else has to.",
    ),
    "partners_have_time": (
        "配合部门答复的期限（{due}）还没有过。",
        "The partners may still answer, until {due}.",
    ),
    "nothing_left": ("这个期限内没有可以分解的任务。", "There is nothing left to derive in that period."),
    "review_not_idle": (
        "这项复查还有整改要看，或者已经纳入轮次，不能在这里撤销。请刷新页面查看现在的情况。",
        "It still has orders to look at, or a round has taken it: reload the page to see how it stands.",
    ),
    "has_draft_version": ("这份计划已有一个正在修改的新版本。", "A new version of this plan is being written already."),
    "own_draft": (
        "您参与过“{round}”的开启、求解或修改，不能由您批准。",
        "You had a hand in the draft of “{round}”; somebody else has to approve it.",
    ),
    "draft_changed": ("草案已经变动，请重新审阅后批准。", "The draft has changed: look at it again before approving."),
    "registry_changed": (
        "冻结之后计划或企业名录有变动，请先重新冻结再抽取。",
        "Plans or registry have changed since the freeze: freeze anew before drawing.",
    ),
    "too_late": ("期限 {until} 已过，不能再提交。", "The time for this ended at {until}."),
    "already_committed": (
        "“{party}”已提交承诺，不能更改。",
        "“{party}” has committed already; a commitment does not change.",
    ),
    "already_revealed": ("“{party}”已公开密语。", "“{party}” has revealed its secret already."),
    "never_committed": (
        "“{party}”没有提交过承诺，不能公开密语。",
        "“{party}” never committed and has nothing to reveal.",
    ),
    "value_not_there_yet": (
        "约定的公开数值要到 {at} 才产生，请到时再填。",
        "The public value does not exist before {at}: enter it then.",
    ),
    "lists_published": (
        "“{round}”的抽取名单已经公布，不能再更改。",
        "The lists of “{round}” are published and do not change any more.",
    ),
    "not_drawn": ("这项检查不是随机抽中的。", "This check was not drawn at random."),
    "already_cancelled": ("这项检查已经取消。", "This check has been called off already."),
    "plan_decided": (
        "计划已经备案，材料不能再移除。",
        "The plan has been filed; its documents stay.",
    ),
    "in_a_visit": (
        "这项检查已经排入一次检查，请先取消那次检查。",
        "This check is part of a visit: cancel the visit first.",
    ),
    "draw_under_way": (
        "“{round}”已有抽取程序，不能另行抽取；请在抽取页面完成或中止。",
        "“{round}” has a draw already: finish it or abort it on its page.",
    ),
    "hash_missing": (
        "本机的 OpenSSL 不支持 {name}，请选用 SHA-256 或升级 OpenSSL。",
        "The OpenSSL of this machine has no {name}: choose SHA-256, or bring OpenSSL up to date.",
    ),
    "run_live": ("“{round}”正在求解，请等它结束或先取消。", "“{round}” is being solved: wait for it or call it off."),
    "everybody_reached": (
        "每家企业都有账号，没有需要纸质送达的通知书。",
        "Every enterprise has an account: no notice has to go on paper.",
    ),
    "print_over": ("这个打印任务已经结束。", "This print job is over already."),
    "run_over": ("这次求解已经结束。", "This solve is over already."),
    "round_not_open": ("轮次当前不在排期阶段，不能改动草案。", "The round is not being planned now."),
    "nothing_to_undo": ("没有可以撤销的调整。", "There is nothing to undo."),
    "nothing_to_redo": ("没有可以重做的调整。", "There is nothing to redo."),
    "undo_blocked": (
        "不能撤销或重做：{who} 已在 {at} 又做了“{what}”，为免丢失他人的修改，请直接调整。",
        "This cannot be undone or redone: {who} did “{what}” at {at}. Nobody's work gets lost; edit it directly.",
    ),
    "exclusion_recorded": (
        "随机抽中的检查一经取消即公开记录，不能撤销。",
        "A drawn check that was called off is on public record and stays so.",
    ),
    "visit_under_way": (
        "这次检查已经到场或完成，不能再调整。",
        "The crew of this visit has arrived already; it does not change any more.",
    ),
    "request_withdrawn": ("这个需求已经退出本轮。", "This request is withdrawn from the round."),
    "request_placed": ("这个需求已经在这次检查里。", "This request is in a visit already."),
    "nothing_to_split": (
        "请选择要拆出的部门，并至少留下一个。",
        "Choose the departments that leave, and let one stay at least.",
    ),
    "day_missing": ("请选择日期。", "Choose a day."),
    "not_in_visit": ("这个需求或人员不在这次检查里。", "That request or officer is not in this visit."),
    "reason_missing": ("请说明理由。", "Please say why."),
    "needs_reason": (
        "有 {count} 项提示需要说明理由：请填写理由后再提交。",
        "{count} [thing is|things are] against it: give a reason and send it again.",
    ),
    "proposal_outdated": (
        "方案里有 {gone} 个需求已经不存在，请重新求解。",
        "{gone} of its requests [is|are] gone: solve again.",
    ),
    "visits_under_way": ("已有检查开始执行，不能替换草案。", "Visits are under way; the draft cannot be replaced."),
    "no_plan": ("没有方案。", "There is no plan."),
    "not_released": ("这次检查还没有发布。", "This visit has not been released."),
    "entry_reused": (
        "这条记录与先前用同一编号发送的内容不同，请刷新页面后重新填写。",
        "This differs from what was sent under the same number: reload the page and fill it in again.",
    ),
    "crew_arrived": ("本部门已经签到，不用重复。", "Your department has checked in already."),
    "crew_not_arrived": ("本部门还没有签到，请先签到。", "Your department has not checked in yet: check in first."),
    "result_changed": (
        "“{item}”的结果已被同事改动，请刷新页面核对后再提交。",
        "A colleague has changed the result of “{item}”: reload the page, look, and send again.",
    ),
    "result_public": ("本部门的结果已经公示。", "Your results are public already."),
    "withdrawal_asked": ("已经有人提出撤回。", "Somebody has asked for this already."),
    "withdrawal_not_asked": ("没有人提出撤回。", "Nobody has asked to take it back."),
    "withdrawal_second_person": (
        "提出的人不能审核，请由另一人办理。",
        "Whoever asked does not decide.",
    ),
    "correction_asked": (
        "这一项已经有人提出更正，正等审核。",
        "Somebody has asked to correct this already, and it waits for a decision.",
    ),
    "correction_second_person": (
        "提出更正的人不能审核，请由本部门另一人办理。",
        "Whoever asked for a correction does not decide on it.",
    ),
    "duty_expired": ("答复期限已过，不能再办理。", "The time for an answer is over."),
    "duty_asked": ("这次检查已经提出过，正等答复。", "This was asked for already and waits for an answer."),
    "duty_moved": (
        "草案已有变动，他不在这次检查的人员里。",
        "The draft has changed: this officer is not on the crew any more.",
    ),
    "order_ended": ("这项整改已经办结。", "This order has ended already."),
    "visit_took_place": (
        "检查已经进行，这份补办的计划不能作废，请补齐后提交。",
        "The visit took place: this plan cannot be discarded, complete and submit it.",
    ),
    "lead_closes": ("由牵头部门办结检查。", "The lead department closes the visit."),
    "draft_broken": ("草案违反硬性规则。", "The draft breaks hard rules."),
    # --- programs
    "token_missing": (
        "请在 Authorization 头里用 Bearer 方式提供接口令牌。",
        "Send the API token as a Bearer token in the Authorization header.",
    ),
    "token_wrong": (
        "接口令牌无效、已停用或已过期，请向签发人更换。",
        "The API token is wrong, revoked or expired: ask its issuer for a new one.",
    ),
    "token_in_address": (
        "令牌不能写在网址里（会留在日志中），请改用 Authorization 头，并更换这个令牌。",
        "A token in the address ends up in logs: use the Authorization header, and rotate this token.",
    ),
    "scope_missing": (
        "这个令牌没有“{scope}”权限，请重新签发。",
        "The token lacks the scope “{scope}”: have one issued that has it.",
    ),
    "query_too_long": ("网址参数过长，最多 {most} 个字符。", "The query has more than {most} characters."),
    "not_json": (
        "请求体应为 JSON，并写明 Content-Type: application/json。",
        "The body must be JSON, with Content-Type: application/json.",
    ),
    "not_form": (
        "请用 multipart/form-data 上传文件。",
        "Send the file as multipart/form-data.",
    ),
    "bad_key": (
        "Idempotency-Key 应为 1 到 {most} 个可见的 ASCII 字符。",
        "An Idempotency-Key has 1 to {most} printable ASCII characters.",
    ),
    "version_needed": (
        "请在 If-Match 头里写上所读内容的 ETag，以免覆盖别人的修改。",
        "Send the ETag of what you read in If-Match, so that nobody's change is overwritten.",
    ),
    "key_reused": (
        "这个 Idempotency-Key 已用于另一个请求，请换一个新的键。",
        "This Idempotency-Key was used for another request: choose a new one.",
    ),
    "unknown_code": ("未能完成。", "This could not be done."),
}
