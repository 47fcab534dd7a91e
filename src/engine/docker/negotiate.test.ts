import { describe, expect, it } from 'vitest';
import { faultOf } from './fault.contract.ts';
import { readPing, versionAskedFor } from './negotiate.ts';

const URL = 'unix:///run/x.sock';
const NOW = Date.UTC(2026, 10, 25);
const ping = (headers: Record<string, unknown>) => readPing(headers, { url: URL, now: NOW });

describe('a ping', () => {
  it('of Docker tells version and clock', () => {
    const headers = { 'api-version': '1.41', server: 'Docker/20.10.24 (linux)', date: 'Wed, 25 Nov 2026 09:00:00 GMT' };
    expect(ping(headers)).toEqual({ dialect: 'docker', apiVersion: '1.41', serverTime: Date.UTC(2026, 10, 25, 9) });
  });

  it.each([{ server: 'Libpod/4.3.1 (linux)' }, { 'libpod-api-version': '4.3.1' }])(
    'of Podman is known by %o',
    (mark) => {
      expect(ping({ 'api-version': '1.41', ...mark }).dialect).toBe('podman');
    },
  );

  it.each([
    ['1.30', '1.30'],
    ['1.41', '1.41'],
    ['1.55', '1.55'],
    ['1.56', '1.55'],
    ['2.0', '1.55'],
    ['1.100', '1.55'],
  ])('of an engine with %s agrees on %s', (theirs, common) => {
    expect(ping({ 'api-version': theirs }).apiVersion).toBe(common);
  });

  it.each(['1.29', '1.9', '1.12', '0.99'])('of an engine as old as %s says what to do', (theirs) => {
    const error = faultOf(() => ping({ 'api-version': theirs }));
    expect(error.code).toBe('engine_api_version');
    expect(error.message).toBe(
      `The engine at ${URL} speaks API ${theirs}; Tidewatch needs 1.30 or newer: update the engine.`,
    );
  });

  it.each([undefined, '', 'newest', '1', '1.2.3', '1.41\n', ['1.41'], 7])(
    'without a version that can be read (%o) is not of an engine',
    (theirs) => {
      const error = faultOf(() => ping({ 'api-version': theirs }));
      expect(error.code).toBe('engine_bad_answer');
      expect(error.message).toContain(URL);
    },
  );

  it.each([undefined, 'yesterday', ['a', 'b']])('without a date that can be read (%o) has our own time', (date) => {
    expect(ping({ 'api-version': '1.41', date }).serverTime).toBe(NOW);
  });
});

describe('a version refused', () => {
  it.each([
    ['client version 1.55 is too new. Maximum supported API version is 1.41', '1.41'],
    ['client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client', '1.44'],
    ['{"message":"client version 1.55 is too new. Maximum supported API version is 1.52"}\n', '1.52'],
    ['no such image', null],
    ['Minimum supported API version is 1.44444444', null],
    ['', null],
  ])('"%s" asks for %s', (message, version) => {
    expect(versionAskedFor(message, URL)).toBe(version);
  });

  it('is told when it is newer than all that Tidewatch speaks', () => {
    const error = faultOf(() => versionAskedFor('Minimum supported API version is 1.60', URL));
    expect(error.code).toBe('engine_api_version');
    expect(error.message).toMatch(/unix:.*wants API 1\.60 or newer.*1\.55 at most: update Tidewatch/);
  });

  it('is told when it is older than all that Tidewatch speaks', () => {
    const error = faultOf(() => versionAskedFor('Maximum supported API version is 1.24', URL));
    expect(error.code).toBe('engine_api_version');
    expect(error.message).toContain('update the engine');
  });
});
