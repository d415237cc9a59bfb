// What slow-start.ts imports: in worker 1 it ends with a call of C++ that takes long, in which V8 sees no termination.
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerStart } from '../../src/pool/messages.ts'

const { index } = workerData as WorkerStart
const text = index === 1 ? `[${'1.5,'.repeat(4_000_000)}1]` : '[1]'
parentPort!.postMessage('begun')

export const NUMBERS = JSON.parse(text) as readonly number[]
