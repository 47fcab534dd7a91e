import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** PEM files of a server. */
export interface CertificateFiles {
  /** The certificate, with those in between it and its authority behind it. */
  readonly cert: string;
  readonly key: string;
}

/** What a server shows who connects by TLS. It follows its files. */
export interface ServerCertificate {
  /** A server with it. */
  createServer(options: ServerOptions, listener: RequestListener): Server;
  /** Reads the files again. New connections get what is in them; what is broken is told, and the one before stays. */
  reload(): void;
  /** Does so when they changed, looking once a minute. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_EVERY_MS = 60_000;

/** Someone who connects and then does not speak TLS holds a connection so long. */
const HANDSHAKE_MS = 10_000;

interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly expiresAt: string;
}

/** Reads a certificate. Throws `config_invalid` with what is wrong with which file. */
export function openCertificate(
  files: CertificateFiles,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): ServerCertificate {
  let shown = readPair(files);
  /** So that one trouble is told once. */
  let told: string | null = null;
  const servers = new Set<Server>();

  function reload(): void {
    try {
      const found = readPair(files);
      told = null;
      if (found.cert === shown.cert && found.key === shown.key) return;
      shown = found;
      for (const server of servers) server.setSecureContext(contextOf(found));
      logger.info('the TLS certificate is a new one', { file: files.cert, expiresAt: found.expiresAt });
    } catch (thrown) {
      const { message } = toTidewatchError(thrown);
      if (message !== told) logger.error('the TLS certificate was not taken over; the one before stays', { message });
      told = message;
    }
  }

  return {
    createServer(options, listener) {
      const server = createServer({ ...options, ...contextOf(shown), handshakeTimeout: HANDSHAKE_MS }, listener);
      servers.add(server);
      return server;
    },
    reload,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        if (!signal.aborted) reload();
      }
    },
  };
}

function contextOf({ cert, key }: Pair) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

function readPair(files: CertificateFiles): Pair {
  const [cert, key] = [readPem('tls.cert', files.cert), readPem('tls.key', files.key)];
  const certificate = parsed(() => new X509Certificate(cert), `tls.cert: ${files.cert} holds no PEM certificate`);
  const privateKey = parsed(() => createPrivateKey(key), `tls.key: ${files.key} holds no PEM key without a password`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TidewatchError('config_invalid', `tls.key: ${files.key} is not the key of the certificate ${files.cert}`);
  }
  return { cert, key, expiresAt: certificate.validTo };
}

function readPem(name: string, file: string): string {
  return parsed(() => readFileSync(file, 'utf8'), `${name}: ${file} cannot be read`);
}

function parsed<T>(read: () => T, problem: string): T {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    throw new TidewatchError('config_invalid', `${problem} (${code ?? message ?? error})`, { cause: error });
  }
}
