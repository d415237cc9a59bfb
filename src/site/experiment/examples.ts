/** The experiment that a visitor sees first: a transfer that loses a segment, and a close in order. */
import { at, emptyPlan, type Plan } from './plan.ts'

export const FIRST_PLAN: Plan = {
  ...emptyPlan(),
  script: [
    at(0, { do: 'listen', host: 1 }),
    at(0, { do: 'connect', host: 0 }),
    at(50, { do: 'send', host: 0, connection: 0, bytes: 300 }),
    at(80, { do: 'lose next', what: 'text', direction: 'in' }),
    at(80, { do: 'send', host: 1, connection: 0, bytes: 5000 }),
    at(250, { do: 'close', host: 0, connection: 0 }),
    at(300, { do: 'close', host: 1, connection: 0 }),
  ],
  until: 400,
}
