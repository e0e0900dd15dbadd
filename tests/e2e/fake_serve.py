"""A model server without a neural network: every look is the photo with its colours inverted."""

import io
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import boto3
from PIL import Image, ImageOps

from limner.keys import attempt_prefix, report_key
from limner.looks import Look


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send(b"")

    def do_POST(self) -> None:
        ticket = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(stylize(ticket))

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def stylize(ticket: dict[str, Any]) -> bytes:
    s3 = boto3.client("s3")
    photo, job_id, results_bucket = ticket["photo"], ticket["job_id"], os.environ["RESULTS_BUCKET"]
    data = s3.get_object(Bucket=photo["bucket"], Key=photo["key"])["Body"].read()
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)).convert("RGB"))
    pictures = [styled(s3, image, job_id, look) for look in ticket["looks"]]
    report = {"job_id": job_id, "model": "fake@0", "pictures": pictures, "timings": {"total": 0.1}}
    body = json.dumps(report).encode()
    s3.put_object(Bucket=results_bucket, Key=report_key(job_id), Body=body)
    return body


def styled(s3: Any, image: Image.Image, job_id: str, look: dict[str, Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    ImageOps.invert(image).save(buffer, "JPEG")
    key = f"{attempt_prefix(job_id, uuid4().hex[:8])}{Look(**look).slug}/full.jpg"
    picture = {"Key": key, "Body": buffer.getvalue(), "ContentType": "image/jpeg"}
    s3.put_object(Bucket=os.environ["RESULTS_BUCKET"], IfNoneMatch="*", **picture)
    width, height = image.size
    size = {"width": width, "height": height, "bytes": len(buffer.getvalue())}
    return {
        "look": look,
        "renditions": [{"key": key, "content_type": "image/jpeg", **size}],
        "metrics": {"ssim": 0.5},
    }


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
