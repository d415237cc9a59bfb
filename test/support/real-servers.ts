/** Real database servers from the distribution, each with an empty database in a directory of a test's. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, chownSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from './program-path.ts'

/** The programs that must be installed for {@link spawnPostgres}, and for {@link spawnMariadb}. */
export const POSTGRES = ['initdb', 'postgres']
export const MARIADB = ['mariadb-install-db', 'mariadbd']

/** The way to run a command as somebody else than root, which postgres refuses to be. */
interface Unprivileged {
  readonly before: readonly string[]
  readonly user: { readonly uid?: number; readonly gid?: number }
}

const isMapped = (uid: number): boolean =>
  readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .some(line => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
      return uid >= first && uid < first + count
    })

const unprivileged = (): Unprivileged => {
  if (process.getuid?.() !== 0) return { before: [], user: {} }
  const uid = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout)
  if (isMapped(uid)) return { before: [], user: { uid, gid: uid } }
  // Root of a user namespace may be the only user there is; another namespace gives it another name.
  return { before: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${uid}`], user: {} }
}

const run = (command: string, args: readonly string[], options: object): void => {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (status !== 0) throw error ?? new Error(`${command}: ${stderr}`)
}

/** The address of a server. */
export interface At {
  readonly host: string
  readonly port: number
}

/** A postgres that asks nobody for a password. @throws Error with what initdb has said */
export const spawnPostgres = (directory: string, { host, port }: At, options: SpawnOptions): ChildProcess => {
  const { before, user } = unprivileged()
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid!)
  const data = join(directory, 'data')
  const command = (program: string, args: readonly string[]): [string, string[]] => {
    const [first, ...rest] = [...before, programPath(program)!, '-D', data, ...args]
    return [first!, rest]
  }
  const inside = { cwd: directory, ...user }
  const made = ['-U', 'postgres', '-A', 'trust', '--no-sync', '--no-locale', '-E', 'UTF8']
  run(...command('initdb', made), inside)
  appendFileSync(join(data, 'pg_hba.conf'), 'host all all 0.0.0.0/0 trust\n')
  const args = ['-p', String(port), '-h', host, '-k', directory, '-F']
  return spawn(...command('postgres', args), { ...options, ...inside })
}

/** A MariaDB whose user `test` has no password, and a database `test`. @throws Error with what the installation has said */
export const spawnMariadb = (directory: string, { host, port }: At, options: SpawnOptions): ChildProcess => {
  const data = join(directory, 'data')
  const common = ['--no-defaults', ...(process.getuid?.() === 0 ? ['--user=root'] : []), `--datadir=${data}`]
  const small = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=8M', '--skip-log-bin']
  run(
    programPath('mariadb-install-db')!,
    [...common, ...small, '--auth-root-authentication-method=normal', '--skip-test-db'],
    {},
  )
  const init = join(directory, 'init.sql')
  // A statement is a line of it.
  appendFileSync(
    init,
    "CREATE DATABASE test\nCREATE USER test@'%'\nGRANT ALL ON *.* TO test@'%'\n".replaceAll('\n', ';\n'),
  )
  const args = [
    `--bind-address=${host}`,
    `--port=${port}`,
    `--socket=${join(directory, 's')}`,
    `--init-file=${init}`,
    '--innodb-flush-log-at-trx-commit=0',
    // It would look up the name of each client.
    '--skip-name-resolve',
  ]
  return spawn(programPath('mariadbd')!, [...common, ...small, ...args], options)
}
