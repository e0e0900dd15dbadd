"""Environment variables of restyles' function and workers, and parameters of the stack for them."""

from pydantic import Field

from limner.settings import Settings, StylizerSettings, TenancySettings


class RestylesSettings(TenancySettings):
    tenant_role: str = Field(min_length=1)
    pause_parameter: str = Field(min_length=1)


class RestyleParameters(Settings):
    """Of the stack, for whoever administers restyles."""

    bulk_subnets: str
    """Empty in a stack without workers."""
    bulk_max_vcpus: int = Field(ge=1)
    bulk_job_vcpus: int = Field(ge=1)
    bulk_instance_types: str = Field(min_length=1)

    @property
    def workers(self) -> int:
        return self.bulk_max_vcpus // self.bulk_job_vcpus

    @property
    def priced_type(self) -> str:
        return self.bulk_instance_types.split(",")[0].strip()


class BulkSettings(StylizerSettings):
    done_queue_url: str
