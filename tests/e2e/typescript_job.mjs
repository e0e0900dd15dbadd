// The whole job with the TypeScript client: node typescript_job.mjs PHOTO BROKEN_FILE; prints JSON.
import { ApiError, Limner, PhotoFailed } from "../../clients/typescript/dist/index.js";

const [photoFile, brokenFile] = process.argv.slice(2);
const limner = new Limner();

const order = await limner.upload(photoFile, { looks: ["enhance"] });
const photo = await limner.wait(order, { timeoutSeconds: 120 });
const rendition = photo.results[0].renditions[0];
const bytes = await limner.download(rendition);

const broken = await limner.upload(brokenFile, { contentType: "image/jpeg" });
const failure = await limner.wait(broken, { timeoutSeconds: 120 }).catch((error) => error);
const unknown = await limner.wait("0".repeat(32)).catch((error) => error);

const listed = [];
for await (const each of limner.photos({ limit: 1 })) listed.push(each.photo_id);

const { data } = await limner.api.GET("/v1/styles");
console.log(
  JSON.stringify({
    photo_id: order.photo_id,
    status: photo.status,
    sizes_agree: bytes.length === rendition.bytes,
    failure: failure instanceof PhotoFailed && failure.code,
    unknown: unknown instanceof ApiError && [unknown.status, unknown.code, unknown.requestId.length > 0],
    listed,
    broken_id: broken.photo_id,
    styles: data.styles.length,
  }),
);
