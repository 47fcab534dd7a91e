/** `bare-server`: node:http and nothing else: one answer, with all its headers, to whatever is asked. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { offer } from '../support/child.ts';
import { processCpuUs } from '../support/process-cpu.ts';
import type { SampleAnswer } from './rest-server.ts';

let answer: SampleAnswer = { path: '/', headers: {}, body: '' };

const server = createServer((_request, response) => {
  response.writeHead(200, answer.headers);
  response.end(answer.body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

offer(
  {
    port: () => (server.address() as AddressInfo).port,
    serve(sample: SampleAnswer) {
      answer = sample;
    },
    cpuUs: () => processCpuUs(process.pid),
  },
  () => server.close(),
);
