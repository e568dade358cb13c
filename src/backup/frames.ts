/**
 * Watches a stream of protocol messages (a type byte, a length of four bytes that counts
 * itself, the body) and gives the bodies of the types in `wanted`, cut after `limit` bytes.
 * Everything else is stepped over without being copied.
 */
export function watchFrames(
  wanted: string,
  onFrame: (type: string, body: Buffer) => void,
  limit = 1024,
): (chunk: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  let kept: Buffer[] | null = null;
  let keptBytes = 0;
  let left = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (left === 0) {
        const more = chunk.subarray(at, at + 5 - head.length);
        head = head.length === 0 ? more : Buffer.concat([head, more]);
        at += more.length;
        if (head.length < 5) continue;
        left = head.readInt32BE(1) - 4;
        kept = wanted.includes(String.fromCharCode(head[0] ?? 0)) ? [] : null;
        keptBytes = 0;
      } else {
        const piece = chunk.subarray(at, at + left);
        if (kept && keptBytes < limit) {
          kept.push(Buffer.from(piece.subarray(0, limit - keptBytes)));
          keptBytes += piece.length;
        }
        at += piece.length;
        left -= piece.length;
      }
      if (left === 0) {
        if (kept) onFrame(String.fromCharCode(head[0] ?? 0), Buffer.concat(kept));
        head = Buffer.alloc(0);
        kept = null;
      }
    }
  };
}

/** One backend message. */
export function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type, 'latin1');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
