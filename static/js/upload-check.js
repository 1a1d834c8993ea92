// @ts-check
// What can be seen of a file before it leaves: nothing in it, too heavy, not of a format
// that the piece takes. The server looks again, further, and has the last word.

/** @typedef {{formats: string[], max: number}} Rule */
/** @typedef {{refuse: string, warn: string}} Seen */

const TEXT = new Set(['txt', 'csv', 'html']);
const ZIP = new Set(['docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp']);
const OLE = new Set(['doc', 'xls']);

/** @param {Uint8Array} head @param {string} sign */
const begins = (head, sign) => [...sign].every((c, n) => head[n] === c.charCodeAt(0));

/** @param {Uint8Array} bytes */
const latin = (bytes) => new TextDecoder('latin1').decode(bytes);

/**
 * The formats that the first bytes of a file allow.
 * @param {Uint8Array} head
 * @returns {string[]}
 */
export function kinds(head) {
  if (latin(head.subarray(0, 1024)).includes('%PDF-')) return ['pdf'];
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return ['jpg'];
  if (head[0] === 0x89 && begins(head.subarray(1), 'PNG')) return ['png'];
  if (begins(head.subarray(4), 'ftyp')) return ['heic'];
  if (begins(head, 'II*\0') || begins(head, 'MM\0*')) return ['tiff'];
  if (begins(head, '{\\rtf')) return ['rtf'];
  if (begins(head, 'PK')) return [...ZIP];
  if (head[0] === 0xd0 && head[1] === 0xcf && head[2] === 0x11 && head[3] === 0xe0) return [...OLE];
  if (!head.includes(0)) return [...TEXT];
  return [];
}

/** @param {Blob} file @param {number} from @param {number} to */
const slice = async (file, from, to) => new Uint8Array(await file.slice(Math.max(0, from), to).arrayBuffer());

/**
 * @param {File} file
 * @param {Rule} rule
 * @returns {Promise<Seen>}
 */
export async function check(file, rule) {
  if (file.size === 0) return { refuse: 'empty', warn: '' };
  if (rule.max > 0 && file.size > rule.max) return { refuse: 'too_large', warn: '' };
  const found = kinds(await slice(file, 0, 4096));
  if (!found.some((kind) => rule.formats.includes(kind))) {
    return { refuse: found[0] === 'heic' ? 'heic_not_allowed' : 'type_not_allowed', warn: '' };
  }
  // Encrypted is not yet "asks for a password": the server tries.
  if (found[0] === 'pdf' && latin(await slice(file, file.size - 65536, file.size)).includes('/Encrypt')) {
    return { refuse: '', warn: 'pdf_password' };
  }
  return { refuse: '', warn: '' };
}

/**
 * What tells a file from another of the same name and size, without reading it whole.
 * @param {File} file
 */
export async function fingerprint(file) {
  const ends = [await slice(file, 0, 65536), await slice(file, file.size - 65536, file.size)];
  let sum = 0xcbf29ce484222325n;
  for (const bytes of ends) {
    for (const b of bytes) sum = BigInt.asUintN(64, (sum ^ BigInt(b)) * 0x100000001b3n);
  }
  return `${file.name}/${file.size}/${sum.toString(16)}`;
}
