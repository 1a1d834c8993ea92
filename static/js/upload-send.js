// @ts-check
// One file to the server, in pieces (tus 1.0 over XMLHttpRequest, for its progress). A cut
// asks the server how far it is and goes on from there, by itself, more and more rarely.

const TUS = { 'Tus-Resumable': '1.0.0' };
const CHUNK = 4 * 1024 * 1024;
const STALL = 60000;
const LONGEST = 30000;

/** @typedef {{status: number, header: (name: string) => string | null}} Answer */

/** A refusal that no new try mends; code names the words. */
export class Refused extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @param {string} text */
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

export class Sender {
  /**
   * @param {{file: File, uploads: string, place: string, url: string}} what
   * @param {{moved: (sent: number) => void, begun: (url: string) => void, waits: (seconds: number) => void}} tell
   */
  constructor(what, tell) {
    this.file = what.file;
    this.uploads = what.uploads;
    this.place = what.place;
    this.url = what.url;
    this.tell = tell;
    this.sent = 0;
    this.stopped = false;
    /** @type {XMLHttpRequest | null} */
    this.request = null;
    /** @type {(() => void) | null} */
    this.wake = null;
    this.online = () => this.wake?.();
    window.addEventListener('online', this.online);
  }

  /** Sends until the server has it whole; false when it was stopped. */
  async run() {
    let failures = 0;
    let restarted = false;
    let known = this.url === '';
    try {
      while (!this.stopped) {
        const before = this.sent;
        try {
          if (this.url === '') await this.create();
          else if (!known) await this.where();
          known = true;
          while (!this.stopped && this.sent < this.file.size) await this.chunk();
          if (this.stopped) return false;
          return true;
        } catch (error) {
          if (this.stopped) return false;
          if (error instanceof Refused) {
            if (error.code !== 'gone' || restarted) throw error;
            restarted = true;
            this.url = '';
            this.sent = 0;
            this.tell.begun('');
            continue;
          }
          known = this.url === '';
          failures = this.sent > before ? 1 : failures + 1;
          await this.pause(Math.min(LONGEST, 500 * 2 ** failures, Number(/** @type {any} */ (error).wait) || Infinity));
        }
      }
      return false;
    } finally {
      window.removeEventListener('online', this.online);
    }
  }

  /** Stops here; the server keeps what it has. */
  stop() {
    this.stopped = true;
    this.request?.abort();
    this.wake?.();
  }

  /** Stops, and tells the server to forget. */
  async cancel() {
    this.stop();
    if (this.url !== '') await fetch(this.url, { method: 'DELETE', headers: TUS }).catch(() => undefined);
  }

  async create() {
    const metadata = `filename ${base64(this.file.name)},filetype ${base64(this.file.type)},place ${base64(this.place)}`;
    const answer = await this.ask('POST', this.uploads, { 'Upload-Length': String(this.file.size), 'Upload-Metadata': metadata }, null);
    if (answer.status !== 201) throw this.refusal(answer);
    this.url = new URL(answer.header('Location') ?? '', location.href).pathname;
    this.sent = 0;
    this.tell.begun(this.url);
  }

  async where() {
    const answer = await this.ask('HEAD', this.url, {}, null);
    if (answer.status !== 200 && answer.status !== 204) throw this.refusal(answer);
    this.sent = Number(answer.header('Upload-Offset') ?? 0);
    this.tell.moved(this.sent);
  }

  async chunk() {
    const from = this.sent;
    const part = this.file.slice(from, Math.min(from + CHUNK, this.file.size));
    const answer = await this.ask('PATCH', this.url, { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(from) }, part,
      (loaded) => this.tell.moved(from + loaded));
    if (answer.status !== 204 && answer.status !== 200) throw this.refusal(answer);
    this.sent = Number(answer.header('Upload-Offset') ?? from + part.size);
    this.tell.moved(this.sent);
  }

  /**
   * @param {string} method
   * @param {string} url
   * @param {Record<string, string>} headers
   * @param {Blob | null} body
   * @param {(loaded: number) => void} [progress]
   * @returns {Promise<Answer>}
   */
  ask(method, url, headers, body, progress) {
    return new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      this.request = request;
      let stall = 0;
      const alive = () => { clearTimeout(stall); stall = window.setTimeout(() => request.abort(), STALL); };
      request.open(method, url);
      for (const [name, value] of Object.entries({ ...TUS, ...headers })) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => { alive(); progress?.(event.loaded); };
      request.onload = () => { clearTimeout(stall); done({ status: request.status, header: (name) => request.getResponseHeader(name) }); };
      request.onerror = request.onabort = () => { clearTimeout(stall); fail(new Error('network')); };
      alive();
      request.send(body);
    });
  }

  /** What an answer means: an end, or a reason to try again. @param {Answer} answer */
  refusal(answer) {
    switch (answer.status) {
      case 401: return new Refused('signin');
      case 403: case 412: case 415: case 422: return new Refused('closed');
      case 404: case 410: return new Refused(this.url === '' ? 'closed' : 'gone');
      case 413: return new Refused('too_large');
    }
    if (answer.status === 409 && this.url === '') return new Refused('closed');
    const again = /** @type {any} */ (new Error(`status ${answer.status}`));
    const after = Number(answer.header('Retry-After'));
    if (after > 0) again.wait = Math.min(after * 1000, LONGEST);
    if (answer.status === 423) again.wait = 2000;
    return again;
  }

  /** @param {number} ms */
  async pause(ms) {
    this.tell.waits(Math.ceil(ms / 1000));
    await new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => { clearTimeout(timer); done(undefined); };
    });
    this.wake = null;
  }
}
