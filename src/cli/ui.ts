/** The options by which a running stack is shown in a browser. */
import { sum } from '../base/sums.ts'
import type { FaultyLink } from '../faults/faulty-link.ts'
import { type HostsView, type LiveView, openView } from '../live/live-view.ts'
import { nodeClock } from '../net/node-clock.ts'
import { checkMatch, resetSockets } from '../net/reset-sockets.ts'
import { DEFAULT_EVENTS, LEAST_EVENTS, MOST_EVENTS } from '../view/model/event-ring.ts'
import { type Arguments, type OptionSpecs, wholeNumber } from './arguments.ts'
import { Failure, UsageError } from './command.ts'
import type { ControlSubject } from './control-socket.ts'
import type { FaultAnswer } from './fault-orders.ts'

/** The port that is taken when none is said, and free. */
const DEFAULT_PORT = 8474

export const UI_OPTIONS: OptionSpecs = {
  ui: {
    value: 'PORT',
    optional: /^\d+$|^fd:\d+$/,
    help: `Show it live in a browser of this machine: the address is printed (default port ${DEFAULT_PORT} or another that is free; fd:N for a socket that listens already).`,
  },
  'ui-history': {
    value: 'EVENTS',
    help: `How many of the last events are kept for the page (default ${DEFAULT_EVENTS}).`,
  },
}

export interface UiSettings {
  /** Null: the default one, or another. */
  readonly port: number | null
  readonly fd: number | null
  readonly history: number
}

/** @throws UsageError */
export const uiSettings = (given: Arguments): UiSettings | null => {
  const text = given.get('ui')
  const history = given.get('ui-history')
  if (text === undefined) {
    if (history !== undefined) throw new UsageError('--ui-history says what is kept for the page: add --ui')
    return null
  }
  const fd = /^fd:(\d+)$/.exec(text)
  return {
    port: text === '' || fd !== null ? null : wholeNumber('--ui', text, 0, 65_535),
    fd: fd === null ? null : Number(fd[1]),
    history:
      history === undefined
        ? DEFAULT_EVENTS
        : wholeNumber('--ui-history', history, LEAST_EVENTS, MOST_EVENTS),
  }
}

/** The stacks that are shown: those that the control socket tells of, of this thread. */
export interface UiSubject extends Omit<ControlSubject, 'pool' | 'orders'> {
  readonly orders: { obey(given: unknown): FaultAnswer } | null
  /** The link whose packets are shown as well; null for none. */
  readonly faults: Pick<FaultyLink, 'watch'> | null
}

/** @throws Failure when the port is not to be had */
export const openUi = async (
  { port, fd, history }: UiSettings,
  { command, stacks, device, faults, orders, hostAddress, address }: UiSubject,
): Promise<HostsView> => {
  const open = (at: { readonly port?: number; readonly fd?: number }): Promise<HostsView> =>
    openView(
      {
        hosts: stacks().map(({ host }) => host),
        clock: nodeClock,
        name: `tuntcp ${command}`,
        device: device.name,
        address,
        hostAddress,
        ...(orders === null ? {} : { faults: (order: unknown) => orders.obey(order) }),
        reset: match => {
          checkMatch(match)
          return sum(stacks().map(stack => resetSockets(stack, match)))
        },
      },
      { ...at, history },
    )
  const opened = async (): Promise<HostsView> => {
    if (fd !== null) return open({ fd })
    if (port !== null) return open({ port })
    try {
      return await open({ port: DEFAULT_PORT })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      return open({ port: 0 })
    }
  }
  try {
    const view = await opened()
    faults?.watch(view.observer)
    return view
  } catch (error) {
    throw new Failure(
      `the page cannot be served at ${fd === null ? `127.0.0.1:${port ?? DEFAULT_PORT}` : `fd ${fd}`}: ${(error as Error).message}; choose another port (--ui PORT)`,
    )
  }
}

/** The line that tells where the page is. */
export const uiLine = ({ url }: LiveView): string => `tuntcp shows it live at ${url}`
