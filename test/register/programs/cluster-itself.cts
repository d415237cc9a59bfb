const cluster = require('node:cluster') as typeof import('node:cluster')['default']
const http = require('node:http') as typeof import('node:http')

/** What the workers' server answers, to the primary and to a worker. */
const ask = (who: string, then: () => void) =>
  http.get({ port: 4210, host: '127.0.0.1' }, response => {
    console.log(who, response.statusCode)
    response.resume().on('end', then)
  })

if (process.argv[2] === 'none') cluster.schedulingPolicy = cluster.SCHED_NONE

if (cluster.isPrimary) {
  let listening = 0
  for (const count of [1, 2]) cluster.fork({ COUNT: String(count) })
  cluster.on('listening', () => {
    if (++listening < 2) return
    ask('primary', () => {
      for (const worker of Object.values(cluster.workers!)) worker!.send('ask')
    })
  })
  let answered = 0
  // Each worker serves the other's request: none ends before both are answered.
  cluster.on('message', () => {
    if (++answered < 2) return
    for (const worker of Object.values(cluster.workers!)) worker!.send('end')
  })
  cluster.on('exit', (_worker, code) => {
    console.log('exit', code)
  })
} else {
  http.createServer((_request, response) => response.end('ok')).listen(4210, '127.0.0.1')
  process.on('message', what => {
    if (what === 'end') process.exit()
    ask('worker', () => process.send!('answered'))
  })
}
