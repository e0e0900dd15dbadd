"""Where the stylizer stores the report of a job, of whichever kind."""

from limner.keys import report_key
from limner.packs.contracts import is_pack_job, pack_report_key
from limner.style_contracts import is_style_job, style_report_key_of_job


def job_report_key(job_id: str) -> str:
    """Of a photo's, a style's or a pack's job."""
    if is_pack_job(job_id):
        return pack_report_key(job_id)
    return style_report_key_of_job(job_id) if is_style_job(job_id) else report_key(job_id)
