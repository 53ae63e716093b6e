// The official tus server (tus.io) on a loopback port that the system chooses.
// node tus_server.mjs FOLDER; prints {"url": ...} once it listens and ends when its input is closed.
import { createServer } from 'node:http'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const PATH = '/api/uploads'
const [directory] = process.argv.slice(2)
const tus = new Server({ path: PATH, datastore: new FileStore({ directory }) })
const http = createServer((request, response) => tus.handle(request, response))

http.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${http.address().port}${PATH}` }))
})
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
