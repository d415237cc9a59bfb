/** Chooses one of the stacks that run: the one that a command is about. */
import { type Arguments, type OptionSpecs, wholeNumber } from './arguments.ts'
import { Failure } from './command.ts'
import { type FoundStack, findStacks } from './control-client.ts'
import { controlDirectories, networkNamespace } from './control-paths.ts'

export const STACK_CHOICE: OptionSpecs = {
  pid: { value: 'PID', help: 'The process to ask, when several run.' },
  control: { value: 'PATH', help: 'Its control socket, when it was started with --control.' },
}

/** The path of its control socket. @throws UsageError, Failure */
export const chosenStack = async (given: Arguments): Promise<string> => {
  const pid = given.get('pid')
  return given.get('control') ?? findPath(pid === undefined ? null : wholeNumber('--pid', pid, 1, 2 ** 31))
}

const describe = ({ about: a }: FoundStack): string => `${a.pid} (${a.command}, ${a.address} on ${a.device})`

/** The control socket of the one stack that runs, or of that process. @throws Failure when that is none */
const findPath = async (pid: number | null): Promise<string> => {
  const { stacks, denied } = await findStacks()
  const fitting = pid === null ? stacks : stacks.filter(({ about }) => about.pid === pid)
  if (fitting.length === 1) return fitting[0]!.path
  // The one that could be meant by somebody in a namespace (scripts/netns.sh) is the one there.
  const here = fitting.filter(({ about }) => about.namespace === networkNamespace())
  if (here.length === 1) return here[0]!.path
  if (fitting.length > 1)
    throw new Failure(`several stacks run: ${fitting.map(describe).join('; ')}: choose one by --pid PID`)
  const others = denied.filter(found => pid === null || found.pid === pid)
  if (others.length > 0)
    throw new Failure(
      `the stack of process ${others[0]!.pid} belongs to another user: ask as that one (sudo tuntcp ss)`,
    )
  if (stacks.length > 0)
    throw new Failure(`process ${pid} is no stack that runs; there are: ${stacks.map(describe).join('; ')}`)
  throw new Failure(
    `no stack runs (no control socket in ${controlDirectories()}): start one by 'tuntcp serve', or name its socket by --control PATH`,
    1,
  )
}
