// Filed's two doors once more, from its documentation, with other people's software: the official
// tus server for the bytes, graphql-js for the graph. It knows nothing of the agent or its sandbox.
// node independent.mjs FOLDER; prints its addresses as JSON and ends when its input is closed.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import { GraphQLError, buildSchema, execute, getOperationAST, parse, validate } from 'graphql'

const API_KEY = 'peer-key'
const TOKEN_SECONDS = 30 * 60 // "about 30 minutes"
const TASK_MILLISECONDS = 700
const TYPES = new Set(['application/pdf', 'image/jpeg', 'image/png', 'text/csv', 'text/plain'])
const PUBLIC = new Set(['health', 'exchangeSurfaceRefreshTokenForAccessTokens'])
const UPLOADS = '/api/uploads'

const [folder] = process.argv.slice(2)
const secret = randomBytes(32)
const started = new Date().toISOString()
const workspace = { id: uuid7(), name: 'Peer & Partners' }
const user = { id: uuid7(), name: 'Pat Peer', email: 'pat@peer.example' }
const uploads = new Map() // id -> {fileName, length, complete, clientId}
const clients = [] // {id, name, externalId, ..., documents: [upload id], tasks: [...]}

function uuid7() {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = (bytes[6] & 0x0f) | 0x70
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

// -- tokens: JWTs, HS256 ---------------------------------------------------------------------------

const coded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (text) => createHmac('sha256', secret).update(text).digest('base64url')

function token(kind) {
  const exp = Math.floor(Date.now() / 1000) + TOKEN_SECONDS
  const text = `${coded({ alg: 'HS256', typ: 'JWT' })}.${coded({ kind, workspaceId: workspace.id, exp })}`
  return `${text}.${signed(text)}`
}

function kindOf(authorization) {
  const [scheme, given = ''] = (authorization ?? '').split(' ')
  const [head, claims, signature = ''] = given.split('.')
  const expected = signed(`${head}.${claims}`)
  if (scheme !== 'Bearer' || signature.length !== expected.length) return null
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return null
  const { kind, exp } = JSON.parse(Buffer.from(claims, 'base64url'))
  return exp * 1000 > Date.now() ? kind : null
}

// -- the bytes -------------------------------------------------------------------------------------

const tus = new Server({
  path: UPLOADS,
  datastore: new FileStore({ directory: folder }),
  namingFunction: uuid7,
  async onIncomingRequest(request) {
    if (kindOf(request.headers.get('authorization')) !== 'workspace') {
      throw { status_code: 401, body: 'A workspaceToken is needed.\n' }
    }
  },
  async onUploadCreate(request, upload) {
    const { filename, filetype, intent } = upload.metadata ?? {}
    if (!filename || !TYPES.has(filetype) || ![undefined, 'client-document'].includes(intent)) {
      throw { status_code: 415, body: 'The policy of this intent does not take this file.\n' }
    }
    uploads.set(upload.id, { fileName: filename, length: upload.size, complete: false, clientId: null })
    return { metadata: upload.metadata }
  },
  async onUploadFinish(request, upload) {
    uploads.get(upload.id).complete = true
    return {}
  },
})

// -- the graph -------------------------------------------------------------------------------------

const problem = (code, message) => new GraphQLError(message, { extensions: { code } })

function take(clientId, uploadIds) {
  const client = clients.find((one) => one.id === clientId)
  if (!client) throw problem('NOT_FOUND', 'There is no such client.')
  if (uploadIds.length === 0 || new Set(uploadIds).size !== uploadIds.length) {
    throw problem('BAD_USER_INPUT', 'uploadIds must name each upload once.')
  }
  for (const id of uploadIds) {
    const upload = uploads.get(id)
    if (!upload?.complete || upload.clientId) {
      throw problem('BAD_USER_INPUT', `Upload ${id} was never completed, has expired or is used.`)
    }
  }
  for (const id of uploadIds) uploads.get(id).clientId = client.id
  client.documents.push(...uploadIds)
  const task = { id: uuid7(), at: Date.now(), uploadIds }
  client.tasks.push(task)
  return task.id
}

function showTask(task, client) {
  const done = Date.now() - task.at >= TASK_MILLISECONDS
  const times = {
    status: done ? 'COMPLETED' : 'RUNNING',
    startedAt: new Date(task.at).toISOString(),
    completedAt: done ? new Date(task.at + TASK_MILLISECONDS).toISOString() : null,
    errorMessage: null,
  }
  return {
    ...times,
    id: task.id,
    type: 'BINDER',
    attributes: [],
    subTasks: ['CONVERT', 'CLASSIFY', 'FILE'].map((type) => ({ ...times, id: `${task.id}/${type}`, type })),
    result: { __typename: 'TaskUnknownResult', note: null },
    client,
    triggeredBy: user,
  }
}

function showTasks(client, { type, status, triggeredBy, limit }) {
  return client.tasks
    .map((task) => showTask(task, client))
    .filter((task) => (type ?? task.type) === task.type && (status ?? task.status) === task.status)
    .filter(() => (triggeredBy ?? user.id) === user.id)
    .reverse()
    .slice(0, limit ?? undefined)
}

function showBinder(client) {
  const subdocuments = client.documents.map((id) => ({
    id,
    fileName: uploads.get(id).fileName,
    type: null,
    status: null,
  }))
  const times = { createdAt: client.createdAt, updatedAt: new Date().toISOString() }
  return { id: `binder-${client.id}`, clientId: client.id, subdocuments, openMissingItemsCount: 0, ...times }
}

const showClient = (client) => ({
  ...client,
  tasks: (filters) => showTasks(client, filters),
  binder: () => showBinder(client),
})

const showWorkspace = {
  ...workspace,
  clients: ({ filters, offset, limit }) =>
    clients
      .filter((client) => !filters?.ids || filters.ids.includes(client.id))
      .slice(offset ?? 0, limit == null ? undefined : (offset ?? 0) + limit)
      .map(showClient),
}

const root = {
  health: () => ({ id: 'peer', ai: 'ok', platform: 'ok' }),
  me: (_, { kind }) =>
    kind === 'workspace'
      ? {
          __typename: 'WorkspaceUser',
          id: 'membership-1',
          role: 'admin',
          user: { ...user, workspaces: [] },
          workspace: showWorkspace,
        }
      : { __typename: 'User', ...user, workspaces: [{ ...workspace, createdAt: started }] },
  exchangeSurfaceRefreshTokenForAccessTokens({ refreshToken }) {
    if (refreshToken !== API_KEY) throw problem('UNAUTHENTICATED', 'The API key is not valid.')
    return { userToken: token('user'), workspaceToken: token('workspace') }
  },
  createClient({ input: { uploadIds, ...input } }) {
    if (clients.some((client) => client.externalId === input.externalId)) {
      throw problem('BAD_USER_INPUT', 'externalId is in use in this workspace.')
    }
    const createdAt = new Date().toISOString()
    const client = { ...input, id: uuid7(), status: 'active', createdAt, documents: [], tasks: [] }
    clients.push(client)
    return { client: showClient(client), taskId: uploadIds?.length ? take(client.id, uploadIds) : null }
  },
  addClientDocuments: ({ input }) => ({ taskId: take(input.clientId, input.uploadIds) }),
}

const schema = buildSchema(readFileSync(new URL('independent.graphql', import.meta.url), 'utf8'))

function answer({ query, variables, operationName }, authorization) {
  let document
  try {
    document = parse(query)
  } catch (error) {
    return { errors: [problem('GRAPHQL_PARSE_FAILED', error.message)] }
  }
  const faults = validate(schema, document)
  if (faults.length) {
    return { errors: faults.map((fault) => problem('GRAPHQL_VALIDATION_FAILED', fault.message)) }
  }
  const kind = kindOf(authorization)
  const fields = getOperationAST(document, operationName)?.selectionSet.selections ?? []
  if (!kind && !fields.every((field) => PUBLIC.has(field.name?.value))) {
    return { data: null, errors: [problem('UNAUTHENTICATED', 'The token is missing, invalid or expired.')] }
  }
  return execute({
    schema,
    document,
    operationName,
    rootValue: root,
    contextValue: { kind },
    variableValues: variables,
  })
}

// -- the doors -------------------------------------------------------------------------------------

async function sha256(id) {
  const digest = createHash('sha256')
  await pipeline(createReadStream(join(folder, id)), digest)
  return digest.digest('hex')
}

async function received() {
  const found = []
  for (const [id, upload] of uploads) found.push({ id, ...upload, sha256: await sha256(id) })
  return {
    clients: clients.map(({ id, name, externalId, returnType, taxYear, documents }) => ({
      ...{ id, name, externalId, returnType, taxYear },
      documents: found.filter((upload) => documents.includes(upload.id)),
    })),
    uploads: found,
  }
}

async function serveGraph(request, response) {
  const send = (status, body) => {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify(body))
  }
  try {
    if (request.method === 'GET' && request.url === '/received.json') return send(200, await received())
    if (request.method !== 'POST' || request.url !== '/graphql') return send(404, {})
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    send(200, await answer(JSON.parse(body), request.headers.authorization))
  } catch (error) {
    send(500, { errors: [{ message: String(error), extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
  }
}

async function listen(listener) {
  const server = createServer(listener)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${server.address().port}`
}

const bytes = await listen((request, response) => tus.handle(request, response))
const graph = await listen(serveGraph)
const addresses = { upload_url: bytes + UPLOADS, graphql_url: `${graph}/graphql`, received_url: `${graph}/received.json` }
console.log(JSON.stringify({ ...addresses, api_key: API_KEY }))
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
