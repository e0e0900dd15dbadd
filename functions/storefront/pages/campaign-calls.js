// The API's calls of collections and campaigns.

import { postJson, request } from "./api.js";

const MAX_LISTED_MEMBERS = 50;

export const getCollections = async () => (await request("collections")).collections;

// With the number of its photos.
export const getCollection = (id) => request(`collections/${id}`);

export const createCollection = (collection) => postJson("collections", collection);

export const deleteCollection = (id) => request(`collections/${id}`, { method: "DELETE" });

export const getCampaigns = async () => (await request("campaigns")).campaigns;

export const getCampaign = (id) => request(`campaigns/${id}`, { cache: "no-store" });

export const createCampaign = (campaign) => postJson("campaigns", campaign);

export const estimateCampaign = (id) => request(`campaigns/${id}/estimate`, { method: "POST" });

// `action` is one of those that the campaign's answer lists.
export const changeCampaign = (id, action) => request(`campaigns/${id}/${action}`, { method: "POST" });

// What has come of the campaign's photos, a page after the other, each with the photo's file name and pictures.
export async function getMembers(id, cursor) {
  const query = new URLSearchParams({ limit: MAX_LISTED_MEMBERS, ...(cursor && { cursor }) });
  const { photos: members, next_cursor: next } = await request(`campaigns/${id}/photos?${query}`);
  if (!members.length) return { members, next };
  const ids = members.map((member) => member.photo_id).join(",");
  const { photos } = await request(`photos?limit=${MAX_LISTED_MEMBERS}&expand=results&ids=${ids}`);
  const found = new Map(photos.map((photo) => [photo.photo_id, { name: photo.filename, results: photo.results }]));
  const missing = (member) => ({ name: member.photo_id, results: [] });
  return { members: members.map((member) => ({ ...member, ...(found.get(member.photo_id) ?? missing(member)) })), next };
}

// Leaves a photo out of what is published, or takes it in again.
export const publishMember = (id, photoId, isPublished) =>
  request(`campaigns/${id}/photos/${photoId}/${isPublished ? "publish" : "unpublish"}`, { method: "POST" });
