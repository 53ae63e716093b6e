// tus-js-client as its README shows it, over some files, so many at once.
// node tus_js.mjs URL LIST COUNT AT_ONCE [creation-with-upload]; LIST is a JSON array of paths.
import { createReadStream, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'

const require = createRequire(new URL('../../peers/package.json', import.meta.url))
const { Upload } = require('tus-js-client')

const [endpoint, list, count, atOnce, withUpload] = process.argv.slice(2)
const paths = JSON.parse(readFileSync(list)).slice(0, Number(count))
const headers = { Authorization: `Bearer ${process.env.UPLOAD_TOKEN}` }

function send(path) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(createReadStream(path), {
      endpoint,
      headers,
      metadata: { filename: basename(path), filetype: 'text/csv' },
      uploadDataDuringCreation: withUpload === 'creation-with-upload',
      onError: reject,
      onSuccess: resolve,
    })
    upload.start()
  })
}

async function lane() {
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) await send(path)
}

await Promise.all(Array.from({ length: Number(atOnce) }, lane))
