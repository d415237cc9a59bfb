import http from 'node:http'

/** Each worker does the same, as under node:cluster. */
export default (stack, { worker, data }) => {
  const server = http.createServer((_, response) => response.end(`${data.greeting} from ${worker}\n`))
  stack.serve(server, { port: 80 })
}
