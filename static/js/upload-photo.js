// @ts-check
// A photograph taken with a phone: turned upright, made lighter, without where and when it
// was taken, and bound as a PDF of one page where the piece takes no image.

const SIDE = 2200;

/** @param {File} file @returns {Promise<{jpeg: Blob, width: number, height: number}>} */
async function redraw(file) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const jpeg = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.86); });
  if (!jpeg) throw new Error('no picture');
  return { jpeg, width: canvas.width, height: canvas.height };
}

/** @param {string} name @param {string} end */
const renamed = (name, end) => `${name.replace(/\.[^.]*$/, '') || 'photo'}.${end}`;

/**
 * @param {File} file
 * @param {string} as "image" or "pdf"
 * @returns {Promise<File>}
 */
export async function photograph(file, as) {
  const { jpeg, width, height } = await redraw(file);
  if (as === 'image') return new File([jpeg], renamed(file.name, 'jpg'), { type: 'image/jpeg', lastModified: file.lastModified });
  return new File(bind(new Uint8Array(await jpeg.arrayBuffer()), width, height), renamed(file.name, 'pdf'), { type: 'application/pdf', lastModified: file.lastModified });
}

/**
 * A PDF of one page that shows one JPEG, on A4.
 * @param {Uint8Array} jpeg
 * @param {number} width
 * @param {number} height
 * @returns {BlobPart[]}
 */
export function bind(jpeg, width, height) {
  const [across, down] = width > height ? [842, 595] : [595, 842];
  const scale = Math.min((across - 40) / width, (down - 40) / height);
  const [w, h] = [width * scale, height * scale];
  const drawing = `q ${w.toFixed(2)} 0 0 ${h.toFixed(2)} ${((across - w) / 2).toFixed(2)} ${((down - h) / 2).toFixed(2)} cm /I Do Q`;
  /** @type {(string | Uint8Array)[]} */
  const parts = [];
  /** @type {number[]} */
  const starts = [];
  let at = 0;
  const put = (/** @type {string | Uint8Array} */ part) => { parts.push(part); at += part.length; };
  const object = (/** @type {(string | Uint8Array)[]} */ ...body) => {
    starts.push(at);
    put(`${starts.length} 0 obj\n`);
    body.forEach(put);
    put('\nendobj\n');
  };
  put('%PDF-1.4\n');
  object('<< /Type /Catalog /Pages 2 0 R >>');
  object('<< /Type /Pages /Kids [3 0 R] /Count 1 >>');
  object(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${across} ${down}] /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>`);
  object(`<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>\nstream\n`, jpeg, '\nendstream');
  object(`<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`);
  const table = at;
  put(`xref\n0 ${starts.length + 1}\n0000000000 65535 f \n`);
  for (const start of starts) put(`${String(start).padStart(10, '0')} 00000 n \n`);
  put(`trailer\n<< /Size ${starts.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return /** @type {BlobPart[]} */ (parts);
}
