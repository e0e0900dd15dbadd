// A ZIP archive of files that are compressed already: stored, without another compression (PKWARE, APPNOTE.TXT 6.3.10).
// Each file goes into a Blob as soon as it has come, which the browser may keep on disk, and not in the page's memory.

const CRC_POLYNOMIAL = 0xedb88320; // of CRC-32, reflected (section 4.4.7)
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const VERSION = 20;
const NAMES_IN_UTF8 = 1 << 11;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1;
  return crc;
});

// `files` yields {name, body}, a ReadableStream of bytes. Resolves to the archive, a Blob.
export async function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for await (const { name, body } of files) {
    const bytes = new TextEncoder().encode(name);
    const file = await stored(body);
    const header = localHeader(bytes, file);
    directory.push(centralHeader(bytes, file, offset));
    parts.push(header, bytes, file.blob);
    offset += header.byteLength + bytes.byteLength + file.blob.size;
  }
  const entries = new Blob(directory.flat());
  return new Blob([...parts, entries, endOfDirectory(directory.length, entries.size, offset)], { type: "application/zip" });
}

async function stored(body) {
  const chunks = [];
  let crc = 0xffffffff;
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    for (const byte of chunk.value) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    chunks.push(chunk.value);
  }
  return { blob: new Blob(chunks), crc: (crc ^ 0xffffffff) >>> 0 };
}

// Little-endian fields, each [bytes, value].
function fields(...values) {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [size]) => sum + size, 0)));
  let position = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(position, value, true);
    else view.setUint32(position, value, true);
    position += size;
  }
  return view.buffer;
}

// The fields that both headers of a file have. The date is the first that the format has, 1 January 1980.
const common = (name, { crc, blob }) => [
  [2, VERSION],
  [2, NAMES_IN_UTF8],
  [2, 0],
  [2, 0],
  [2, 0x21],
  [4, crc],
  [4, blob.size],
  [4, blob.size],
  [2, name.byteLength],
  [2, 0],
];

const localHeader = (name, file) => fields([4, LOCAL_HEADER], ...common(name, file));

const centralHeader = (name, file, offset) => [
  fields([4, CENTRAL_HEADER], [2, VERSION], ...common(name, file), [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
  name,
];

const endOfDirectory = (count, size, offset) =>
  fields([4, END_OF_DIRECTORY], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
