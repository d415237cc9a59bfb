/** Finds the scripts that an operand stands for. */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from './command.ts'

/**
 * The operand itself, or all files of a directory and below it that end in .pkt, by name. A directory is visited once,
 * however many links lead to it: a loop of links has an end.
 * @throws UsageError when there is no such file; the error of readdir(2)
 */
export const scriptsIn = (path: string): string[] => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`there is no file or directory '${path}'`)
  return found.isDirectory() ? scriptsBelow(path, new Set()).sort() : [path]
}

const scriptsBelow = (directory: string, visited: Set<string>): string[] => {
  const real = realpathSync(directory)
  if (visited.has(real)) return []
  visited.add(real)
  return readdirSync(directory).flatMap(name => {
    const path = join(directory, name)
    const stat = statOf(path)
    if (stat?.isDirectory()) return scriptsBelow(path, visited)
    // A pipe with such a name would be waited for.
    return stat?.isFile() && name.endsWith('.pkt') ? [path] : []
  })
}

/** Null for a link that leads nowhere, or only to itself. */
const statOf = (path: string) => {
  try {
    return statSync(path)
  } catch {
    return null
  }
}
