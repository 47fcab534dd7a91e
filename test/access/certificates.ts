import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate authority of the test's own, in a folder. */
export interface Authority {
  readonly folder: string;
  /** Its certificate, a file. */
  readonly ca: string;
  /** Makes a folder with `ca.pem`, `cert.pem` and `key.pem`, as Docker's client wants it; gives the folder. */
  issue(name: string, options?: IssueOptions): Promise<string>;
}

export interface IssueOptions {
  /** As in `IP:127.0.0.1,DNS:engine`. */
  readonly altNames?: string;
  /** Valid until yesterday. */
  readonly expired?: boolean;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function createAuthority(folder: string): Promise<Authority> {
  await mkdir(folder, { recursive: true });
  const [ca, caKey] = [join(folder, 'authority.pem'), join(folder, 'authority-key.pem')];
  // Authorities are told apart by their names, as real ones.
  const subject = ['-subj', `/CN=${basename(folder)}`];
  await openssl('req', '-x509', ...KEY, '-days', '2', ...subject, '-keyout', caKey, '-out', ca);
  return {
    folder,
    ca,
    async issue(name, { altNames = 'DNS:client', expired = false } = {}) {
      const place = join(folder, name);
      await mkdir(place, { recursive: true });
      const [cert, key, request, extensions] = ['cert.pem', 'key.pem', 'request.pem', 'extensions'].map((file) =>
        join(place, file),
      ) as [string, string, string, string];
      await openssl('req', ...KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
      await writeFile(extensions, `subjectAltName=${altNames}\nextendedKeyUsage=serverAuth,clientAuth\n`);
      const signer = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions];
      await openssl('x509', '-req', '-in', request, ...signer, '-days', expired ? '-1' : '2', '-out', cert);
      await copyFile(ca, join(place, 'ca.pem'));
      return place;
    },
  };
}

async function openssl(...args: readonly string[]): Promise<void> {
  await run('openssl', args);
}
