"""Settings of the function that does the steps of campaigns and packs."""

from pydantic import Field

from limner.settings import StorefrontSettings, StylizerTier


class CampaignsSettings(StorefrontSettings):
    """It works in tenants' sessions as the API does, and submits jobs of packs as the router does."""

    stylizer_tier: StylizerTier
    stylizer_name: str = Field(min_length=1)
    sandbox_queue_url: str
    pause_parameter: str = Field(min_length=1)
