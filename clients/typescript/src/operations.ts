// Made from docs/openapi.json by `python -m tools.typescript_client`; do not edit.
export const ORDER_PATH = "/v1/photos" as const;
/** Whether the photo's address takes `wait`, the seconds of a long poll. */
export const TAKES_WAIT: boolean = true;
