/** What the containers of the recording do: the kinds of work that people run, at a scale that two cores bear. */
export interface RecordedWork {
  readonly name: string;
  /** Shell text; `$PEER` is the address of the container before it. */
  readonly script: string;
  /** Options of `docker run`. */
  readonly options?: readonly string[];
}

const CORES = (share: number) => `--cpus=${share}`;

/** A loop of the shell that computes for some milliseconds. */
const compute = (rounds: number) => `i=0; while [ $i -lt ${rounds} ]; do i=$((i+1)); done`;
const random = (below: number) => `$(($(od -An -N2 -tu2 /dev/urandom)%${below}))`;
const write = (kib: number) => `dd if=/dev/zero of=/tmp/out bs=1k count=${kib} conv=fsync 2>/dev/null`;

export const RECORDED_WORK: readonly RecordedWork[] = [
  { name: 'asleep', script: 'sleep 100000' },
  { name: 'shell-left-open', script: 'while :; do sleep 300; ls -R /bin >/dev/null; done' },
  { name: 'heartbeat', script: `while :; do sleep 1; ${compute(200)}; done` },
  {
    name: 'web-server',
    script: 'mkdir /www; dd if=/dev/urandom of=/www/page bs=1k count=200 2>/dev/null; httpd -f -p 80 -h /www',
    options: [CORES(0.2)],
  },
  {
    name: 'steady-client',
    script: `while :; do wget -q -O /dev/null http://$PEER/page; sleep 2; done`,
    options: [CORES(0.1)],
  },
  { name: 'cron', script: `while :; do ${compute(60_000)}; ${write(64)}; sleep 59; done`, options: [CORES(0.2)] },
  {
    name: 'another-web-server',
    script: 'mkdir /www; dd if=/dev/urandom of=/www/page bs=1k count=20 2>/dev/null; httpd -f -p 80 -h /www',
    options: [CORES(0.1)],
  },
  {
    name: 'bursts-of-requests',
    script: `while :; do n=0; while [ $n -lt ${random(120)} ]; do wget -q -O /dev/null http://$PEER/page; sleep 0.05; n=$((n+1)); done; sleep ${random(90)}; done`,
    options: [CORES(0.1)],
  },
  { name: 'throttled', script: `while :; do ${compute(5_000)}; done`, options: [CORES(0.02)] },
  {
    name: 'batches',
    script: `while :; do end=$(($(date +%s)+20)); while [ $(date +%s) -lt $end ]; do ${compute(4_000)}; done; sleep 110; done`,
    options: [CORES(0.05)],
  },
  {
    name: 'builds',
    script: `while :; do n=0; while [ $n -lt 60 ]; do (head -c 200k /dev/urandom | md5sum; ${write(100)}) >/dev/null; n=$((n+1)); done; sleep ${random(400)}; done`,
    options: [CORES(0.1)],
  },
  { name: 'log-writer', script: 'while :; do echo "$(date) a line of a log" >>/tmp/log; sleep 0.5; done' },
  {
    name: 'database',
    script: `while :; do ${write(16)}; head -c ${random(60)}k /dev/urandom >/dev/null; sleep 0.${random(9)}; done`,
    options: [CORES(0.1)],
  },
  {
    name: 'backups',
    script: `while :; do ${write(8_000)}; gzip -c /tmp/out >/tmp/out.gz; sleep 420; done`,
    options: [CORES(0.1)],
  },
  {
    name: 'leak',
    script: `awk 'BEGIN { for (i = 0; ; i++) { held[i] = i "-some-bytes-that-are-never-given-back"; if (i % 40 == 0) system("sleep 0.5") } }'`,
    options: [CORES(0.1)],
  },
  {
    name: 'memory-saw',
    script: `while :; do awk 'BEGIN { for (i = 0; i < 60; i++) { for (j = 0; j < 2000; j++) held[i * 2000 + j] = "x" j; system("sleep 1") } }'; sleep 20; done`,
    options: [CORES(0.1)],
  },
  {
    name: 'stream',
    script: 'nc -ll -p 9000 -e cat',
    options: [CORES(0.1)],
  },
  {
    name: 'stream-client',
    script: `while :; do (while :; do head -c ${random(64)}k /dev/zero; sleep 0.5; done) | nc $PEER 9000 >/dev/null; sleep 1; done`,
    options: [CORES(0.1)],
  },
  {
    name: 'many-processes',
    script: `while :; do n=0; while [ $n -lt ${random(12)} ]; do sleep ${random(60)} & n=$((n+1)); done; sleep 7; done`,
  },
  {
    name: 'short-of-memory',
    script: `dd if=/dev/zero of=/tmp/big bs=1k count=12000 2>/dev/null; while :; do cat /tmp/big >/dev/null; sleep 3; done`,
    options: [CORES(0.1), '--memory=10m'],
  },
  {
    name: 'waves',
    script: `t=0; while :; do t=$((t+1)); n=$((t%300)); [ $n -gt 150 ] && n=$((300-n)); ${compute(1_000)}; i=0; while [ $i -lt $((n*40)) ]; do i=$((i+1)); done; sleep 1; done`,
    options: [CORES(0.1)],
  },
  {
    name: 'queue-worker',
    script: `while :; do sleep ${random(20)}; i=0; while [ $i -lt ${random(60_000)} ]; do i=$((i+1)); done; done`,
    options: [CORES(0.1)],
  },
  { name: 'comes-and-goes', script: `${compute(20_000)}; sleep 45`, options: [CORES(0.1), '--restart=always'] },
  { name: 'poller', script: `while :; do ping -c 3 $PEER >/dev/null; sleep ${random(15)}; done` },
];
