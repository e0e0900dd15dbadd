"""Collections and campaigns of the storefront in memory. A run goes on with each question about it."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from limner.campaigns.campaign import TRANSITIONS, CampaignAction, CampaignStatus, Counts
from limner.views.campaigns import CALLERS_ACTIONS

ESTIMATE = {
    "is_exact": True,
    "sampled": 2,
    "instance_seconds": 12.5,
    "estimated_cost_usd": 0.42,
    "fits": True,
    "caps": [
        {"cap": "looks", "needed": 2, "left": 100, "limit": 100, "windows": 1},
        {"cap": "budget", "needed": 0.42, "left": 20, "limit": 20, "windows": 1},
    ],
}


@dataclass
class FakeCampaigns:
    """`photo_ids` are those of every collection; `step` of them are ready with each question about a run."""

    photo_ids: list[str] = field(default_factory=list)
    collections: dict[str, dict[str, Any]] = field(default_factory=dict)
    campaigns: dict[str, dict[str, Any]] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    step: int = 1

    def view(self, campaign: dict[str, Any]) -> dict[str, Any]:
        return {**campaign, "actions": [action for action in CALLERS_ACTIONS if is_allowed(campaign, action)]}

    def go_on(self, campaign: dict[str, Any]) -> None:
        if campaign["status"] != CampaignStatus.RUNNING:
            return
        outcomes = campaign["progress"]["outcomes"]
        outcomes["ready"] = min(outcomes["ready"] + self.step, len(self.photo_ids))
        campaign["progress"]["under_way"] = len(self.photo_ids) - outcomes["ready"]
        if outcomes["ready"] == len(self.photo_ids):
            change_status(campaign, CampaignAction.FINISH)

    def change(self, campaign: dict[str, Any], action: CampaignAction) -> None:
        change_status(campaign, action)
        if action is CampaignAction.PUBLISH:  # its window is open
            change_status(campaign, CampaignAction.START)
        if action is CampaignAction.RUN:
            campaign["progress"] = {
                "run": 1,
                "started_at": "2026-01-01T00:00:00Z",
                "finished_at": None,
                "expected": len(self.photo_ids),
                "is_exact": True,
                "under_way": len(self.photo_ids),
                "outcomes": Counts().model_dump(),
                "waiting": None,
            }

    def member(self, photo_id: str) -> dict[str, Any]:
        return {
            "photo_id": photo_id,
            "outcome": "ready",
            "code": None,
            "at": "2026-01-01T00:00:00Z",
            "run": 1,
            "is_withdrawn": photo_id in self.withdrawn,
        }


def is_allowed(campaign: dict[str, Any], action: CampaignAction) -> bool:
    return (campaign["status"], action) in TRANSITIONS


def change_status(campaign: dict[str, Any], action: CampaignAction) -> None:
    campaign["status"] = TRANSITIONS[campaign["status"], action]


def add_campaigns(app: FastAPI, prefix: str, shop: Any) -> None:
    def refused(code: str) -> JSONResponse:
        problem = {"title": "Conflict", "status": 409, "code": code, "request_id": "req-1"}
        return JSONResponse(problem, 409, media_type="application/problem+json")

    @app.get(prefix + "/v1/collections")
    def collections() -> dict[str, Any]:
        return {"collections": list(shop.campaigns.collections.values())}

    @app.post(prefix + "/v1/collections")
    async def create_collection(request: Request) -> Response:
        asked = await request.json()
        collection = {
            "collection_id": uuid.uuid4().hex,
            "name": asked["name"],
            "created_at": "2026-01-01T00:00:00Z",
            "filter": asked.get("filter"),
            "listed_ids": len(asked.get("external_ids", [])),
        }
        shop.campaigns.collections[collection["collection_id"]] = collection
        return JSONResponse(collection, 201)

    @app.get(prefix + "/v1/collections/{collection_id}")
    def collection(collection_id: str) -> dict[str, Any]:
        found = shop.campaigns.collections[collection_id]
        return {**found, "photos": len(shop.campaigns.photo_ids), "is_exact": True}

    @app.delete(prefix + "/v1/collections/{collection_id}")
    def delete_collection(collection_id: str) -> Response:
        del shop.campaigns.collections[collection_id]
        return Response(status_code=204)

    @app.get(prefix + "/v1/campaigns")
    def campaigns() -> dict[str, Any]:
        return {"campaigns": list(map(shop.campaigns.view, shop.campaigns.campaigns.values()))}

    @app.post(prefix + "/v1/campaigns")
    async def create_campaign(request: Request) -> Response:
        asked = await request.json()
        window = asked["window"]
        instants = {"start": window["starts_at"], "end": window["ends_at"]}
        campaign = {
            **asked,
            "campaign_id": uuid.uuid4().hex,
            "status": CampaignStatus.DRAFT,
            "progress": None,
            "window": {**window, **{key: time and f"{time}:00Z" for key, time in instants.items()}},
        }
        shop.campaigns.campaigns[campaign["campaign_id"]] = campaign
        return JSONResponse(shop.campaigns.view(campaign), 201)

    @app.get(prefix + "/v1/campaigns/{campaign_id}")
    def campaign(campaign_id: str) -> dict[str, Any]:
        found = shop.campaigns.campaigns[campaign_id]
        shop.campaigns.go_on(found)
        view: dict[str, Any] = shop.campaigns.view(found)
        return view

    @app.get(prefix + "/v1/campaigns/{campaign_id}/photos")
    def members(campaign_id: str) -> dict[str, Any]:
        return {"photos": list(map(shop.campaigns.member, shop.campaigns.photo_ids)), "next_cursor": None}

    @app.post(prefix + "/v1/campaigns/{campaign_id}/estimate")
    def estimate(campaign_id: str) -> Response:
        count = len(shop.campaigns.photo_ids)
        if not count:
            return refused("empty_collection")
        return JSONResponse({**ESTIMATE, "photos": count, "pictures": count})

    @app.post(prefix + "/v1/campaigns/{campaign_id}/{action}")
    def change(campaign_id: str, action: CampaignAction) -> Response:
        found = shop.campaigns.campaigns[campaign_id]
        if not is_allowed(found, action):
            return refused("campaign_not_allowed")
        shop.campaigns.change(found, action)
        return JSONResponse(shop.campaigns.view(found))

    @app.post(prefix + "/v1/campaigns/{campaign_id}/photos/{photo_id}/{action}")
    def withdraw(campaign_id: str, photo_id: str, action: str) -> dict[str, Any]:
        (shop.campaigns.withdrawn.add if action == "unpublish" else shop.campaigns.withdrawn.discard)(
            photo_id
        )
        member: dict[str, Any] = shop.campaigns.member(photo_id)
        return member
