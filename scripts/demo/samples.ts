/** One container of a sample workspace. */
export interface SampleContainer {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Further options of `docker run`. */
  readonly options?: readonly string[];
  /** Script for `sh -c`. */
  readonly script: string;
}

/** A sample workspace and the phases it is in once it has settled. */
export interface Sample {
  /** Name by which Tidewatch lists it. */
  readonly workspace: string;
  readonly phases: readonly string[];
  readonly containers: readonly SampleContainer[];
}

/** On every container of the demo: by it they are found again and removed. */
export const DEMO_LABEL = 'tidewatch.demo=true';

/** Before every container's name, so that none meets one of the user's own. */
export const NAME_PREFIX = 'tidewatch-demo-';

/** The sample that the demo pauses and resumes. */
export const PAUSED_NOW_AND_THEN = 'notebook';

/** The sample that the demo archives. */
export const ARCHIVED = 'thesis-2019';

const IDLE = 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done';
const BUSY = 'trap "exit 0" TERM; while :; do seq 20000 >/dev/null; sleep 1 & wait $!; done';
/** Begins with so many MiB in memory, on the file system of {@link HOT}. */
const keeping = (mib: number, script: string) =>
  `dd if=/dev/zero of=/hot/kept bs=1M count=${mib} 2>/dev/null; ${script}`;
const HOT = '--tmpfs=/hot';
/** Writes half a megabyte to the disk each second. */
const WRITE =
  'trap "exit 0" TERM; while :; do dd if=/dev/zero of=/wal bs=64k count=8 conv=fsync 2>/dev/null; sleep 1 & wait $!; done';
const SERVE = 'mkdir -p /www && echo ok >/www/index.html && exec httpd -f -p 8080 -h /www';
const PROBE = ['--health-cmd=wget -q -O /dev/null http://127.0.0.1:8080/', '--health-interval=5s'];

function compose(project: string, service: string): Record<string, string> {
  return {
    'com.docker.compose.project': project,
    'com.docker.compose.service': service,
    'com.docker.compose.container-number': '1',
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.project.working_dir': `/home/ada/${project}`,
    'com.docker.compose.project.config_files': `/home/ada/${project}/compose.yaml`,
  };
}

function labelled(workspace: string, owner: string): Record<string, string> {
  return {
    'tidewatch.workspace': `demo-${workspace}`,
    'tidewatch.workspace.name': workspace,
    'tidewatch.owner': owner,
  };
}

/** Eight workspaces as people have them, each in another state. */
export const SAMPLES: readonly Sample[] = [
  {
    workspace: 'shop',
    phases: ['running'],
    containers: [
      { name: 'shop-web-1', labels: compose('shop', 'web'), options: [...PROBE, '--memory=32m'], script: SERVE },
      {
        name: 'shop-db-1',
        labels: compose('shop', 'db'),
        options: [HOT, '--memory=48m'],
        script: keeping(24, WRITE),
      },
      { name: 'shop-worker-1', labels: compose('shop', 'worker'), options: ['--memory=16m'], script: BUSY },
    ],
  },
  {
    workspace: 'orbit',
    phases: ['running'],
    containers: [
      {
        name: 'orbit',
        labels: {
          'devcontainer.local_folder': '/home/ada/projects/orbit',
          'devcontainer.config_file': '/home/ada/projects/orbit/.devcontainer/devcontainer.json',
        },
        script: IDLE,
      },
    ],
  },
  {
    workspace: 'importer',
    phases: ['crash-looping'],
    containers: [
      {
        name: 'importer',
        labels: labelled('importer', 'grace'),
        options: ['--restart=always'],
        script: 'echo "cannot reach the feed" >&2; sleep 1; exit 3',
      },
    ],
  },
  {
    workspace: 'training',
    phases: ['out-of-memory'],
    containers: [
      {
        name: 'training',
        labels: labelled('training', 'alan'),
        options: ['--memory=24m', '--memory-swap=24m'],
        script: 'sleep 3; exec tail /dev/zero',
      },
    ],
  },
  {
    workspace: 'api',
    phases: ['unhealthy'],
    containers: [
      {
        name: 'api',
        labels: labelled('api', 'grace'),
        options: ['--health-cmd=test -e /ready', '--health-interval=2s', '--health-retries=2'],
        script: IDLE,
      },
    ],
  },
  {
    workspace: 'blog',
    phases: ['running'],
    containers: [
      { name: 'blog-migrate-1', labels: compose('blog', 'migrate'), script: 'echo migrated; exit 0' },
      { name: 'blog-app-1', labels: compose('blog', 'app'), script: SERVE },
    ],
  },
  {
    workspace: PAUSED_NOW_AND_THEN,
    phases: ['running', 'paused'],
    containers: [
      {
        name: 'notebook',
        labels: labelled(PAUSED_NOW_AND_THEN, 'alan'),
        options: [HOT, '--memory=64m'],
        script: keeping(42, BUSY),
      },
    ],
  },
  {
    workspace: ARCHIVED,
    phases: ['archived'],
    containers: [{ name: 'thesis', labels: labelled(ARCHIVED, 'ada'), script: 'echo done; exit 0' }],
  },
];
