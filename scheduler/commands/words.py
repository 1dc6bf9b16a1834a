"""Words of the command line for what the solver's folders and clusters refuse: what is wrong and how to mend it.

The pages have their own words in the web room, which lies above this one and cannot be asked.
"""

from __future__ import annotations

from typing import Final

FOLDER_FAULTS: Final[dict[str, tuple[str, str]]] = {
    "folder_missing": ("没有这个文件夹，请检查路径", "there is no such folder; check the path"),
    "table_missing": ("缺少这张表，请补上 CSV 或 Parquet 文件", "the table is missing; add it as CSV or Parquet"),
    "table_twice": ("同一张表既有 CSV 又有 Parquet，请只留一个", "the table is there as CSV and Parquet; keep one"),
    "table_unknown": ("不认识这张表，请核对表名", "unknown table; check its name"),
    "table_empty": ("表里没有数据行，请补充", "the table has no rows; fill it"),
    "table_too_large": ("文件过大，请拆分", "the file is too large; split the problem"),
    "table_unreadable": ("文件读不出来，请重新导出", "the file cannot be read; export it again"),
    "encoding_utf8": ("不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8; save it as UTF-8"),
    "column_missing": ("缺少这一列，请补上", "the column is missing; add it"),
    "column_twice": ("列名重复，请删去一列", "the column is there twice; remove one"),
    "column_unknown": ("不认识这一列，请核对列名", "unknown column; check its name"),
    "row_width": ("这一行的列数与表头不符", "the row has another number of cells than the header"),
    "value_missing": ("缺少值，请填写", "the value is missing; fill it in"),
    "value_too_long": ("内容过长，请缩短", "the value is too long; shorten it"),
    "value_not_text": ("应为文字", "text is expected"),
    "value_not_number": ("应为数字", "a number is expected"),
    "value_not_finite": ("应为有限的数字，不能是 NaN 或无穷", "a finite number is expected, not NaN or infinity"),
    "value_not_whole": ("应为整数", "a whole number is expected"),
    "value_range": ("超出允许范围", "outside the allowed range"),
    "value_choice": ("不是允许的取值", "not one of the allowed values"),
    "value_not_date": ("应为 ISO 日期（年-月-日）", "an ISO date (YYYY-MM-DD) is expected"),
    "key_twice": ("编号重复，请改为唯一", "the key is there twice; make it unique"),
    "unknown_id": ("编号在所指的表里不存在", "the id does not exist in the table it points to"),
    "days_numbered": ("工作日应从 0 起连续编号", "days must be numbered 0, 1, 2, … without gaps"),
    "date_order": ("日期应逐日递增", "dates must rise with the days"),
    "day_in_horizon": ("日序号不在计划期内", "the day lies outside the horizon"),
    "window_order": ("窗口首尾颠倒", "the window ends before it begins"),
    "planned_day_missing": ("锁定的申请缺少计划日", "a locked request needs a planned_day"),
    "planned_day_in_window": ("计划日不在窗口内", "planned_day lies outside the request's window"),
    "conflict_with_itself": ("申请不能与自己冲突", "a request cannot conflict with itself"),
    "sequence_cycle": ("先后要求成环，请去掉一条", "the sequences form a cycle; remove one"),
    "locks_collide": ("锁定互相冲突，请解开其中一个", "locks collide; release one of them"),
    "json_broken": ("JSON 格式有误", "the JSON is broken"),
    "format_unknown": ("不支持的格式版本，应为 1", "unknown format number; 1 is expected"),
    "key_unknown": ("不认识这个设置项，请核对拼写", "unknown setting; check its spelling"),
    "key_missing": ("缺少这个设置项", "the setting is missing"),
    "request_twice": ("申请出现了两次", "the request is there twice"),
    "request_both": ("申请既已安排又列为未安排", "the request is both scheduled and unscheduled"),
    "visit_mismatch": ("检查与申请对不上", "visit and request do not match"),
    "plan_missing": ("答案文件夹里没有方案", "the answer folder holds no plan"),
    "faults_omitted": ("同类问题还有更多，未全部列出", "more of the same kind are not listed"),
}


def folder_fault(code: str) -> str:
    """Return the words for a fault code, Chinese first; the bare code where there are none."""
    chinese, english = FOLDER_FAULTS.get(code, ("", ""))
    return f"{chinese} ({english})" if chinese else code


CLUSTER_FAULTS: Final[dict[str, tuple[str, str]]] = {
    "executor_unknown": (
        "不认识的执行方式，应为 inline、processes、processes:数量、dask://主机:端口 或 tls://主机:端口；证书只用于 tls://",
        "use inline, processes, processes:N, dask://host:port or tls://host:port; certificates go with tls:// only",
    ),
    "dask_missing": (
        "未安装 Dask，请先执行 pip install 'dask[distributed]'",
        "Dask is not installed; pip install 'dask[distributed]'",
    ),
    "tls_files_missing": (
        "TLS 连接需要三个证书文件，请用 --tls-ca、--tls-cert、--tls-key 或 DASK_DISTRIBUTED__COMM__TLS__… 环境变量给出",
        "TLS needs three files: --tls-ca, --tls-cert, --tls-key, or DASK_DISTRIBUTED__COMM__TLS__… variables",
    ),
    "tls_file_unreadable": (
        "证书或私钥读不出来，或两者不配对，请检查文件和权限",
        "a certificate or key cannot be read, or the two do not belong together; check the file and its rights",
    ),
    "cluster_unreachable": (
        "连接不上集群，请检查地址、防火墙、以及双方是否信任同一 CA",
        "no cluster answers; check the address, the firewall, and that both sides trust the same CA",
    ),
}


def cluster_fault(code: str) -> str:
    """Return the words for an executor that cannot be used, Chinese first."""
    chinese, english = CLUSTER_FAULTS[code]
    return f"{chinese} ({english})"
