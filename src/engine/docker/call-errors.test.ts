import { describe, expect, it } from 'vitest';
import { classifyStatus, classifyThrown } from './call-errors.ts';

const PLACE = { url: 'unix:///run/x.sock', what: 'GET /containers/json' };

function thrown(code: string): Error {
  return Object.assign(new Error(`it failed: ${code}`), { code });
}

function answer(status: number, body: string, type = 'application/json') {
  return classifyStatus({ status, body, headers: { 'content-type': type } }, PLACE);
}

describe('errors of a connection', () => {
  it.each([
    ['ENOENT', 'engine_unreachable'],
    ['ECONNREFUSED', 'engine_unreachable'],
    ['ECONNRESET', 'engine_unreachable'],
    ['ENOTFOUND', 'engine_unreachable'],
    ['ETIMEDOUT', 'engine_timeout'],
    ['EACCES', 'engine_permission'],
    ['EPERM', 'engine_permission'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'engine_tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'engine_tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'engine_tls'],
    ['EPROTO', 'engine_tls'],
    ['HPE_INVALID_CONSTANT', 'engine_bad_answer'],
    ['NEVER_HEARD_OF', 'engine_unreachable'],
  ])('%s is %s', (code, expected) => {
    const error = classifyThrown(thrown(code), PLACE);
    expect(error.code).toBe(expected);
    expect(error.message).toContain(PLACE.url);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('says who may not open which socket and what to do', () => {
    expect(classifyThrown(thrown('EACCES'), PLACE).message).toMatch(
      /ser.* may not open unix:.*docker group.*socket proxy/,
    );
  });

  it('looks into the several errors of one connect', () => {
    expect(classifyThrown(new AggregateError([thrown('ECONNREFUSED')]), PLACE).message).toContain('Nothing listens');
  });

  it.each([undefined, null, 'text', 7, {}, new AggregateError([])])('makes an error of anything (%s)', (anything) => {
    expect(classifyThrown(anything, PLACE).code).toBe('engine_unreachable');
  });
});

describe('errors of an answer', () => {
  it.each([
    [400, 'engine_bad_answer'],
    [401, 'engine_forbidden'],
    [403, 'engine_forbidden'],
    [404, 'engine_bad_answer'],
    [500, 'engine_bad_answer'],
    [502, 'engine_unreachable'],
    [503, 'engine_unreachable'],
    [504, 'engine_timeout'],
  ])('%s is %s', (status, expected) => {
    const error = answer(status, '{"message":"no way"}');
    expect(error.code).toBe(expected);
    expect(error.message).toContain('no way');
  });

  it('does not repeat a proxy’s page', () => {
    const page = '<html><body><h1>403 Forbidden</h1>secret-of-the-proxy</body></html>';
    for (const type of ['text/html', 'text/plain']) {
      const { message } = answer(403, page, type);
      expect(message).not.toContain('secret-of-the-proxy');
      expect(message).toContain('CONTAINERS=1');
    }
  });

  it('makes one short printable line of what was said', () => {
    const { message } = answer(500, JSON.stringify({ message: `\u001b[31mred\n${'x'.repeat(5_000)}` }));
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(500);
  });

  it('tells a port that wants TLS', () => {
    expect(answer(400, 'Client sent an HTTP request to an HTTPS server.\n', 'text/plain').code).toBe('engine_tls');
  });
});
