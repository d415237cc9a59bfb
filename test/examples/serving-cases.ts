// In a namespace of its own: starts an example that serves, and asks it for pages, as the kernel's client.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Program, ROOT } from '../cli/program.ts'
import { CERTIFICATE, KEY } from '../libraries/certificate.ts'
import { runCase } from '../support/namespace-case.ts'

const overHttp1 = async (request: http.ClientRequest): Promise<string> => {
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  return text(response)
}

const web = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  const files = [join(directory, 'key.pem'), join(directory, 'cert.pem')] as const
  writeFileSync(files[0], KEY)
  writeFileSync(files[1], CERTIFICATE)
  const program = new Program(process.execPath, [`${ROOT}examples/serving/web.js`, ...files])
  await program.prints(/^http:\/\/192\.0\.2\.2\/$/m)
  await program.prints(/^https:\/\/192\.0\.2\.2\/$/m)
  assert.equal(await overHttp1(http.get('http://192.0.2.2/a')), 'HTTP/1.1 GET /a\n')
  const secure = { ca: CERTIFICATE, servername: 'server.example', agent: false } as const
  assert.equal(await overHttp1(https.get('https://192.0.2.2/b', secure)), 'HTTP/1.1 GET /b\n')
  const session = http2.connect('https://192.0.2.2', { ca: CERTIFICATE, servername: 'server.example' })
  assert.equal(await text(session.request({ ':path': '/c' })), 'HTTP/2.0 GET /c\n')
  session.close()
  const { code, stderr } = await program.end('SIGTERM')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  rmSync(directory, { recursive: true })
}

const pool = async () => {
  const program = new Program(process.execPath, [`${ROOT}examples/pool/main.js`])
  await program.prints(/^http:\/\/192\.0\.2\.2\/ from 2 threads$/m)
  const heard = new Set<string>()
  // The kernel deals connections out by a hash.
  while (heard.size < 2) heard.add(await overHttp1(http.get('http://192.0.2.2/', { agent: false })))
  assert.deepEqual([...heard].sort(), ['hello from 0\n', 'hello from 1\n'])
  const { code, stderr } = await program.end('SIGTERM')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
}

await runCase({ web, pool })
