import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorkspaceId } from '../model/workspace-id.ts';
import { RULE_NAMES } from './resolver-options.ts';
import type { ResolverSubject } from './resolver-rule.ts';
import { createWorkspaceResolver, type ResolverOptions } from './workspace-resolver.ts';

/** Bytes of the heap after a collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

const NO_LABELS = {};

function subject(labels: Record<string, string> = NO_LABELS, fields: Partial<ResolverSubject> = {}): ResolverSubject {
  return { id: 'f'.repeat(64), name: 'box', image: 'img:1', labels, bindSources: [], ...fields };
}

function resolve(labels: Record<string, string>, fields?: Partial<ResolverSubject>, options?: ResolverOptions) {
  return createWorkspaceResolver(options).resolve(subject(labels, fields));
}

const COMPOSE = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.project.working_dir': '/home/ada/shop',
};

/** What every container made from a prebuilt dev container image inherits. */
const PREBUILT = {
  'dev.containers.id': 'typescript-node',
  'dev.containers.release': 'v0.4.24',
  'dev.containers.source': 'https://github.com/devcontainers/images',
};

describe('which workspace a container is part of', () => {
  it.each<[string, Record<string, string>, Partial<ResolverSubject>, [string, string, string, string | null]]>([
    // what it is                  labels                                          rest    rule, id, name, owner
    ['own label', { 'tidewatch.workspace': 'shop' }, {}, ['tidewatch', 'shop', 'shop', null]],
    [
      'own label with name and owner',
      { 'tidewatch.workspace': 'shop', 'tidewatch.workspace.name': 'The Shop', 'tidewatch.owner': 'ada' },
      {},
      ['tidewatch', 'shop', 'The Shop', 'ada'],
    ],
    [
      'own label, the longer owner label',
      { 'tidewatch.workspace': 'shop', 'tidewatch.workspace.owner': 'ada' },
      {},
      ['tidewatch', 'shop', 'shop', 'ada'],
    ],
    [
      'own label before all others',
      { ...COMPOSE, 'coder.workspace_id': '1', 'tidewatch.workspace': 'a' },
      {},
      ['tidewatch', 'a', 'a', null],
    ],
    [
      'own label that joins a Compose project',
      { 'tidewatch.workspace': 'compose:shop' },
      {},
      ['tidewatch', 'compose:shop', 'compose:shop', null],
    ],
    [
      'labels of the original',
      { 'aicli.workspace.id': 'ws-1', 'aicli.workspace.name': 'Shop' },
      {},
      ['aicli', 'ws-1', 'Shop', null],
    ],
    [
      'dev container',
      {
        'devcontainer.local_folder': '/home/ada/orbit',
        'devcontainer.config_file': '/home/ada/orbit/.devcontainer/devcontainer.json',
      },
      {},
      ['devcontainer', 'devcontainer:orbit@*', 'orbit', null],
    ],
    [
      'second dev container of a folder',
      {
        'devcontainer.local_folder': '/home/ada/orbit',
        'devcontainer.config_file': '/home/ada/orbit/.devcontainer/python/devcontainer.json',
      },
      {},
      ['devcontainer', 'devcontainer:orbit@*', 'orbit (python)', null],
    ],
    [
      'dev container on Windows',
      { 'devcontainer.local_folder': 'c:\\Users\\Ada\\Orbit' },
      {},
      ['devcontainer', 'devcontainer:orbit@*', 'Orbit', null],
    ],
    [
      'dev container of a Compose project',
      { ...COMPOSE, 'devcontainer.local_folder': '/home/ada/shop' },
      {},
      ['devcontainer', 'compose:shop', 'shop', null],
    ],
    [
      'dev container of a prebuilt image',
      { ...PREBUILT, 'devcontainer.local_folder': '/home/ada/orbit' },
      {},
      ['devcontainer', 'devcontainer:orbit@*', 'orbit', null],
    ],
    [
      'old VS Code',
      { 'vsch.local.folder': '/home/ada/orbit' },
      {},
      ['devcontainer', 'devcontainer:orbit@*', 'orbit', null],
    ],
    [
      'VS Code volume',
      {
        'vsch.local.repository': 'https://github.com/a/site.git/tree/main',
        'vsch.local.repository.volume': 'vsc-remote-containers',
        'vsch.local.repository.folder': 'site',
        'devcontainer.config_file': '/workspaces/site/.devcontainer/devcontainer.json',
      },
      {},
      ['vscode-volume', 'vscode-volume:site@*', 'site', null],
    ],
    [
      'Coder',
      { 'coder.workspace_id': '9f2c', 'coder.workspace_name': 'dev', 'coder.owner': 'ada', 'coder.owner_id': '7' },
      {},
      ['coder', 'coder:9f2c', 'dev', 'ada'],
    ],
    [
      'Coder on Kubernetes',
      {
        'com.coder.workspace.id': '9f2c',
        'com.coder.workspace.name': 'dev',
        'com.coder.user.username': 'ada',
      },
      {},
      ['coder', 'coder:9f2c', 'dev', 'ada'],
    ],
    [
      'Daytona, old',
      { 'daytona.workspace.id': 'abc', 'daytona.project.name': 'api' },
      {},
      ['daytona', 'daytona:abc', 'api', null],
    ],
    [
      'Daytona, new runner',
      { 'daytona.organization_id': 'o1', 'daytona.organization_name': 'acme' },
      { name: 'sb-1' },
      ['daytona-sandbox', 'daytona-sandbox:sb-1', 'sb-1', 'acme'],
    ],
    ['DevPod', { 'dev.containers.id': 'my-workspace' }, {}, ['devpod', 'devpod:my-workspace', 'my-workspace', null]],
    [
      'DevPod from a prebuilt image',
      { ...PREBUILT, 'dev.containers.id': 'default-sh-1a2b3' },
      {},
      ['devpod', 'devpod:default-sh-1a2b3', 'default-sh-1a2b3', null],
    ],
    ['prebuilt image run by hand: no DevPod', PREBUILT, {}, ['container', 'container:box', 'box', null]],
    [
      'DDEV',
      { 'com.ddev.site-name': 'site', 'com.docker.compose.project': 'ddev-site' },
      {},
      ['ddev', 'ddev:site', 'site', null],
    ],
    [
      'DDEV helper of a site',
      { 'com.ddev.site-name': 'site-php-action', 'com.docker.compose.project': 'php-action-ddev-site' },
      {},
      ['ddev', 'ddev:site', 'site', null],
    ],
    [
      'DDEV router, of no site',
      { 'com.ddev.site-name': '', 'com.docker.compose.project': 'ddev-router' },
      {},
      ['compose', 'compose:ddev-router', 'ddev-router', null],
    ],
    [
      'Lando',
      { 'io.lando.container': 'TRUE', 'io.lando.root': '/srv/blog', 'com.docker.compose.project': 'blog' },
      {},
      ['lando', 'compose:blog', 'blog', null],
    ],
    ['Gitpod', { 'gitpod.io/workspaceID': 'g1', 'gitpod.io/ownerID': 'o1' }, {}, ['gitpod', 'gitpod:g1', 'g1', 'o1']],
    ['Compose', COMPOSE, {}, ['compose', 'compose:shop', 'shop', null]],
    ['Podman Compose', { 'io.podman.compose.project': 'shop' }, {}, ['compose', 'compose:shop', 'shop', null]],
    [
      'JupyterHub',
      {},
      { name: 'jupyter-ada', image: 'quay.io/jupyterhub/singleuser:5' },
      ['jupyterhub', 'jupyterhub:ada', 'jupyter-ada', 'ada'],
    ],
    [
      'JupyterHub, named server',
      {},
      { name: 'jupyter-ada--gpu', image: 'jupyter/minimal-notebook' },
      ['jupyterhub', 'jupyterhub:ada--gpu', 'jupyter-ada--gpu', 'ada'],
    ],
    [
      'a name like JupyterHub’s',
      {},
      { name: 'jupyter-ada' },
      ['container', 'container:jupyter-ada', 'jupyter-ada', null],
    ],
    ['nothing but a name', {}, {}, ['container', 'container:box', 'box', null]],
    ['not even a name', {}, { name: '' }, ['container', 'container:ffffffffffff', 'ffffffffffff', null]],
    [
      'owner of a stand-alone container',
      { 'tidewatch.owner': 'ada' },
      {},
      ['container', 'container:box', 'box', 'ada'],
    ],
  ])('%s', (...[, labels, fields, [rule, id, name, owner]]) => {
    const resolved = resolve(labels, fields);
    expect({ ...resolved, workspaceId: resolved.workspaceId.replace(/@[0-9a-f]{12}$/, '@*') }).toMatchObject({
      workspaceId: id,
      name,
      owner,
      source: { rule },
    });
  });

  it('gives a dev container one id however its path is written, and others another', () => {
    const idOf = (folder: string, config?: string) =>
      resolve({
        'devcontainer.local_folder': folder,
        ...(config === undefined ? {} : { 'devcontainer.config_file': config }),
      }).workspaceId;
    const id = idOf('C:\\Users\\Ada\\orbit');
    expect(idOf('c:/Users/Ada/orbit/')).toBe(id);
    expect(idOf('c:\\users\\ada\\.\\Orbit')).toBe(id);
    expect(idOf('c:\\Users\\Ada\\orbit', 'c:\\Users\\Ada\\orbit\\.devcontainer\\devcontainer.json')).toBe(id);
    expect(idOf('D:\\Users\\Ada\\orbit')).not.toBe(id);
    expect(idOf('/home/ada/orbit')).not.toBe(idOf('/home/bob/orbit'));
    expect(idOf('/home/ada/orbit/')).toBe(idOf('/home/ada//orbit'));
    expect(idOf('/o', '/o/.devcontainer/b/devcontainer.json')).not.toBe(
      idOf('/o', '/o/.devcontainer/a/devcontainer.json'),
    );
  });

  it('keeps two repositories in one VS Code volume apart', () => {
    const idOf = (folder: string) =>
      resolve({ 'vsch.local.repository.volume': 'shared', 'vsch.local.repository.folder': folder }).workspaceId;
    expect(idOf('a')).not.toBe(idOf('b'));
  });

  it('never shows the address of a repository, which may hold a password', () => {
    const { source, name } = resolve({ 'vsch.local.repository': 'https://ada:secret@git.example/site.git' });
    expect(`${source.evidence} ${name}`).not.toContain('secret');
    expect(name).toBe('site');
  });

  it('puts a dev container and the unlabelled services of its Compose project into one workspace', () => {
    const dev = resolve({ ...COMPOSE, 'devcontainer.local_folder': '/home/ada/shop' });
    const database = resolve({ ...COMPOSE, 'com.docker.compose.service': 'db' });
    expect(dev.workspaceId).toBe(database.workspaceId);
    expect([dev.source.rule, database.source.rule]).toEqual(['devcontainer', 'compose']);
  });

  it('says which label or property decided', () => {
    expect(resolve(COMPOSE).source.evidence).toBe('com.docker.compose.project=shop');
    expect(resolve({}).source.evidence).toBe('name=box');
  });
});

describe('ids from values that are not safe', () => {
  it.each([
    ['a b', /^a-b@[0-9a-f]{12}$/],
    ['../etc/passwd', /^etc-passwd@/],
    ['한글 작업', /^한글-작업@/],
    ['🚀', /^w@[0-9a-f]{12}$/],
    ['-x', /^x@/],
    ['\u0301x', /^x@/],
    ['shop\u202e', /^shop@/],
    ['한\u3164글', /^한-글@/],
    ['می\u200cخواهم', /^می-خواهم@/],
    ['한'.repeat(500), /^한{115}@[0-9a-f]{12}$/],
    ['𠀀'.repeat(500), /^𠀀{115}@[0-9a-f]{12}$/u],
    ['x'.repeat(500), /^x{115}@[0-9a-f]{12}$/],
  ])('%s', (value, pattern) => {
    const { workspaceId } = resolve({ 'tidewatch.workspace': value });
    expect(workspaceId).toMatch(pattern);
    expect(isWorkspaceId(workspaceId)).toBe(true);
  });

  it('cannot be forged by a value that looks like a cleaned one', () => {
    const cleaned = resolve({ 'tidewatch.workspace': 'a b' }).workspaceId;
    expect(resolve({ 'tidewatch.workspace': cleaned }).workspaceId).not.toBe(cleaned);
  });

  it.each(['한글작업', '작업-1.b', '日本', 'café', 'हिन्दी', 'مشروع', '٣', '한'.repeat(128)])(
    'not %s: it is the id',
    (value) => {
      expect(resolve({ 'tidewatch.workspace': value }).workspaceId).toBe(value);
    },
  );

  it('makes one id of two spellings of a word', () => {
    for (const word of ['한글작업', 'café', 'é è', '/home/ada/작업']) {
      for (const label of ['tidewatch.workspace', 'coder.workspace_id', 'devcontainer.local_folder']) {
        const [composed, decomposed] = [word.normalize('NFC'), word.normalize('NFD')];
        expect(composed).not.toBe(decomposed);
        expect(resolve({ [label]: decomposed }).workspaceId).toBe(resolve({ [label]: composed }).workspaceId);
      }
    }
  });

  it('shows a folder by its name in any script', () => {
    expect(resolve({ 'devcontainer.local_folder': '/home/ada/작업' }).workspaceId).toMatch(/^devcontainer:작업@/);
  });

  it('keeps a UUID as it is', () => {
    const uuid = '2f1b8c1e-6a57-4a0e-9c63-0123456789ab';
    expect(resolve({ 'aicli.workspace.id': uuid }).workspaceId).toBe(uuid);
  });
});

describe('what people read', () => {
  it('takes control characters out of names, owners and evidence, and bounds them', () => {
    const { name, owner, source } = resolve({
      'tidewatch.workspace': 'x',
      'tidewatch.workspace.name': `red\u001b[31m\u202ename${'n'.repeat(999)}`,
      'tidewatch.owner': '\n\n',
    });
    expect(name).toMatch(/^red \[31m namen+$/);
    expect(name.length).toBeLessThanOrEqual(256);
    expect(owner).toBeNull();
    expect(source.evidence).toBe('tidewatch.workspace=x');
  });

  it.each([
    ['an emoji of several', '🚀👨‍👩‍👧', '🚀👨‍👩‍👧'],
    ['an emoji in colour', '❤️ shop', '❤️ shop'],
    ['Persian', 'می\u200cخواهم', 'می\u200cخواهم'],
    ['Hindi', 'क्\u200dष', 'क्\u200dष'],
    ['Hangul that macOS took apart', '작업'.normalize('NFD'), '작업'],
    ['a direction override', 'a\u202eb\u2066c', 'a b c'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a b c'],
    ['invisible signs', 'a\u200bb\ufeffc', 'a b c'],
    ['tags that spell hidden text', 'a\u{e0041}\u{e0042}', 'a'],
    ['nothing to see', '\u200d\u200c \u3164', 'shop'],
  ])('of a name with %s', (...[, name, expected]) => {
    expect(resolve({ 'tidewatch.workspace': 'shop', 'tidewatch.workspace.name': name }).name).toBe(expected);
  });

  it('shows labels of the workspace, not of one container or for machines', () => {
    const { labels } = resolve({
      ...COMPOSE,
      team: 'blue',
      'tidewatch.role': 'helper',
      'devcontainer.metadata': '[]',
      'org.opencontainers.image.version': '1',
    });
    expect(Object.keys(labels).sort()).toEqual([
      'com.docker.compose.project',
      'com.docker.compose.project.working_dir',
      'team',
    ]);
  });

  it('cuts a long value, between characters, and says so by an ellipsis', () => {
    const { labels } = resolve({ notes: 'x'.repeat(10_000), whole: 'y'.repeat(256), emoji: `${'z'.repeat(254)}🚀🚀` });
    expect(labels).toEqual({
      notes: `${'x'.repeat(255)}…`,
      whole: 'y'.repeat(256),
      emoji: `${'z'.repeat(254)}…`,
    });
  });

  it('keeps nothing of a long text in memory but what is shown', () => {
    const resolver = createWorkspaceResolver();
    const text = (index: number) => Buffer.alloc(1_000_000, `${index}/`).toString('latin1');
    const resolveLong = (index: number) =>
      resolver.resolve(
        subject({ 'tidewatch.workspace': text(index), 'tidewatch.owner': text(index + 100), notes: text(index + 200) }),
      );
    resolveLong(0);
    const before = heapUsed();
    const kept = Array.from({ length: 20 }, (_, index) => resolveLong(index));
    expect((heapUsed() - before) / kept.length).toBeLessThan(500_000);
  });

  it('keeps Tidewatch’s own labels where there are too many', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`a${index}`, 'x']));
    const { labels } = resolve({ ...many, 'tidewatch.workspace': 'shop' });
    expect(Object.keys(labels)).toHaveLength(128);
    expect(labels['tidewatch.workspace']).toBe('shop');
  });
});

describe('options', () => {
  it('asks own labels after tidewatch.workspace and before all else, the first that is there', () => {
    const options = { workspaceLabels: ['com.acme.env', 'com.acme.old'] };
    expect(resolve({ ...COMPOSE, 'com.acme.old': 'o' }, {}, options)).toMatchObject({
      workspaceId: 'o',
      source: { rule: 'label com.acme.old', evidence: 'com.acme.old=o' },
    });
    expect(resolve({ 'com.acme.old': 'o', 'com.acme.env': 'e' }, {}, options).workspaceId).toBe('e');
    expect(resolve({ 'tidewatch.workspace': 't', 'com.acme.env': 'e' }, {}, options).workspaceId).toBe('t');
  });

  it('takes rules of one’s own with labels for name and owner', () => {
    const extraRules = [{ name: 'acme', label: 'acme/id', nameLabel: 'acme/name', ownerLabel: 'acme/owner' }];
    const labels = { 'acme/id': 'i', 'acme/name': 'n', 'acme/owner': 'o' };
    expect(resolve(labels, {}, { extraRules })).toMatchObject({
      workspaceId: 'i',
      name: 'n',
      owner: 'o',
      source: { rule: 'acme' },
    });
  });

  it('groups by the folder below a root, the innermost root, whatever the order of the mounts', () => {
    const options = { workspaceRoots: ['/srv/work/', '/srv/work/teams', 'C:\\Work'] };
    const of = (...bindSources: string[]) => resolve({}, { bindSources }, options);
    expect(of('/etc/hosts', '/srv/work/shop/src')).toMatchObject({ name: 'shop', source: { rule: 'bind-mount' } });
    expect(of('/srv/work/shop').workspaceId).toBe(of('/srv/work/shop/db', '/etc/x').workspaceId);
    expect(of('/srv/work/shop/src', '/srv/work/teams/blue')).toMatchObject({ name: 'blue' });
    expect(of('/srv/work/b', '/srv/work/a').workspaceId).toBe(of('/srv/work/a', '/srv/work/b').workspaceId);
    expect(of('c:\\work\\Shop\\x').name).toBe('Shop');
    expect(of('/srv/work').source.rule).toBe('container');
    expect(of('/srv/workshop/x').source.rule).toBe('container');
  });

  it('leaves rules out and changes their order', () => {
    const both = { ...COMPOSE, 'coder.workspace_id': '1' };
    expect(resolve(both).source.rule).toBe('coder');
    expect(resolve(both, {}, { withoutRules: ['coder'] }).source.rule).toBe('compose');
    expect(resolve(both, {}, { order: ['compose'] }).source.rule).toBe('compose');
    expect(
      resolve({ ...both, x: 'y' }, {}, { workspaceLabels: ['x'], order: ['compose', 'label x'] }).source.rule,
    ).toBe('compose');
  });

  it.each<[string, ResolverOptions, RegExp]>([
    ['an unknown rule left out', { withoutRules: ['compos'] }, /withoutRules.*"compos".*compose/],
    ['an unknown rule in the order', { order: ['docker'] }, /order.*"docker"/],
    ['the last rule left out', { withoutRules: ['container'] }, /container.*always comes last/],
    ['an empty label', { workspaceLabels: [' '] }, /workspaceLabels.*names of labels/],
    ['a label that is no text', { workspaceLabels: [7 as unknown as string] }, /workspaceLabels.*7/],
    ['a relative root', { workspaceRoots: ['work'] }, /workspaceRoots.*absolute.*"work"/],
    ['the root as a root', { workspaceRoots: ['/'] }, /workspaceRoots/],
    ['a rule called as a built-in one', { extraRules: [{ name: 'compose', label: 'x' }] }, /extraRules.*"compose"/],
    ['a rule without a label', { extraRules: [{ name: 'acme', label: '' }] }, /acme.*names of labels/],
  ])('refuses %s', (...[, options, message]) => {
    expect(() => createWorkspaceResolver(options)).toThrow(message);
    expect(() => createWorkspaceResolver(options)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('knows its rules by name, the stand-alone container last', () => {
    expect(RULE_NAMES.at(0)).toBe('tidewatch');
    expect(RULE_NAMES.at(-1)).toBe('container');
    expect(new Set(RULE_NAMES).size).toBe(RULE_NAMES.length);
  });
});

const LABELS = fc.constantFrom(
  'tidewatch.workspace',
  'tidewatch.workspace.name',
  'tidewatch.owner',
  'tidewatch.role',
  'aicli.workspace.id',
  'devcontainer.local_folder',
  'devcontainer.config_file',
  'vsch.local.repository',
  'vsch.local.repository.folder',
  'coder.workspace_id',
  'daytona.organization_id',
  'dev.containers.id',
  'com.ddev.site-name',
  'io.lando.container',
  'com.docker.compose.project',
  '__proto__',
  'constructor',
);
const TEXT = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 30 }), fc.constant('TRUE'));
/** Letters, marks, joiners, blanks and halves of pairs, so near each other that cleaned ones would meet. */
const ANY_SCRIPT = fc.string({
  unit: fc.constantFrom(
    ...'한글ᄒ\u1161\u11abaée\u0301\u0338क्ष\u200c\u200d\u202e\u3164٣𠀀🚀:@-./% ',
    '\ud800',
    '\udc00',
  ),
  minLength: 1,
  maxLength: 150,
});
const SUBJECT = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{64}$/),
  name: TEXT,
  image: TEXT,
  labels: fc.dictionary(fc.oneof({ weight: 9, arbitrary: LABELS }, { weight: 1, arbitrary: TEXT }), TEXT),
  bindSources: fc.array(TEXT, { maxLength: 3 }),
});

describe('whatever the labels hold', () => {
  const resolver = createWorkspaceResolver({ workspaceRoots: ['/srv'], workspaceLabels: ['com.acme.env'] });

  it('every container gets a safe id, a bounded name and a rule, the same each time', () => {
    fc.assert(
      fc.property(SUBJECT, (any) => {
        const resolved = resolver.resolve(any);
        expect(isWorkspaceId(resolved.workspaceId)).toBe(true);
        expect(resolved.name.length).toBeGreaterThan(0);
        expect(resolved.name.length).toBeLessThanOrEqual(256);
        expect(Object.keys(resolved.labels).length).toBeLessThanOrEqual(128);
        expect(resolver.resolve(any)).toEqual(resolved);
      }),
    );
  });

  it('two values of one label never make one workspace', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
      ANY_SCRIPT,
      fc.stringMatching(/^[ab @:-]{1,4}$/),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('tidewatch.workspace', 'coder.workspace_id', 'com.docker.compose.project'),
        value,
        value,
        (label, a, b) => {
          fc.pre(a.normalize() !== b.normalize() && a !== '' && b !== '');
          expect(resolver.resolve(subject({ [label]: a })).workspaceId).not.toBe(
            resolver.resolve(subject({ [label]: b })).workspaceId,
          );
        },
      ),
    );
  });

  it('every value gives an id that stands for itself from then on, unless it ends like a cleaned one', () => {
    const value = fc.oneof(ANY_SCRIPT, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 150 }));
    fc.assert(
      fc.property(value, (text) => {
        const id = resolver.resolve(subject({ 'tidewatch.workspace': text })).workspaceId;
        expect(isWorkspaceId(id)).toBe(true);
        expect(decodeURIComponent(encodeURIComponent(id))).toBe(id);
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(512);
        fc.pre(!/@[0-9a-f]{12}$/.test(id));
        expect(id).toBe(text.normalize('NFC'));
        expect(resolver.resolve(subject({ 'tidewatch.workspace': id })).workspaceId).toBe(id);
      }),
    );
  });

  it('two tools never make one workspace of the same value', () => {
    const tools = [
      'coder.workspace_id',
      'daytona.workspace.id',
      'dev.containers.id',
      'com.ddev.site-name',
      'gitpod.io/workspaceID',
      'com.docker.compose.project',
    ];
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200 }), (value) => {
        const ids = tools.map((label) => resolver.resolve(subject({ [label]: value })).workspaceId);
        expect(new Set(ids).size).toBe(tools.length);
      }),
    );
  });
});
