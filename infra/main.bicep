// One environment in one resource group. This file only puts the parts together; what each of them is stands in its own.

import { connectionsOf, size } from 'postgres-sizes.bicep'
import { accessSettings, embeddingSettings, hostSettings, libSqlSettings, postgresSettings, upstashSettings } from 'settings.bicep'

targetScope = 'resourceGroup'

@description('The environment; names and tags are made from it.')
@minLength(1)
@maxLength(64)
param environmentName string
param location string = resourceGroup().location

@description('Where messages are kept. libsql is Turso, or another libSQL server.')
@allowed(['upstash', 'postgres', 'libsql'])
param storageBackend string = 'upstash'

@description('The Redis database\'s REST address; needed with upstash.')
param upstashRedisUrl string = ''
@secure()
param upstashRedisToken string = ''

@description('The index of vectors; without one, vectors are kept in Redis.')
param upstashVectorUrl string = ''
@secure()
param upstashVectorToken string = ''

@description('The server\'s address; needed with libsql.')
param libSqlUrl string = ''
@secure()
param libSqlToken string = ''

@description('The identity provider whose access tokens are taken, and whom they must be meant for: https://login.microsoftonline.com/TENANT/v2.0 and the application\'s id. Without one, a function key is all that a caller needs.')
param openIdAuthority string = ''
param openIdAudience string = ''

@description('The claim that names the caller\'s resource; oid is the same user in every application of an Entra tenant.')
param openIdResourceClaim string = 'oid'

@description('What resource tokens are signed with: 32 random bytes in base64. Without it there are none.')
@secure()
param tokenSigningKey string = ''

param postgresSize size = 'Standard_B2s'
param postgresStorageGB int = 32
param postgresBackupDays int = 7

@description('The most connections of one instance.')
@minValue(1)
param postgresPoolMaximum int = 10

@description('Whether to make an Azure OpenAI account with an embedding model. Without it recall goes by words.')
param embeddings bool = true
param embeddingModel string = 'text-embedding-3-small'
param embeddingModelVersion string = '1'
@allowed(['Standard', 'GlobalStandard', 'DataZoneStandard'])
param embeddingSku string = 'Standard'

@description('Thousand tokens a minute.')
param embeddingCapacity int = 50

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that wait for requests, and are paid for while they wait; 0 for none.')
@minValue(0)
param alwaysReadyInstances int = 0

@description('Spreads instances over zones, and gives PostgreSQL a standby in another. Each group of functions then has two instances that are always ready.')
param zoneRedundant bool = false

@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string = 'Standard_LRS'

@description('Keeps a deleted vault for 90 days, come what may. It cannot be switched off again.')
param purgeProtection bool = false

param logRetentionDays int = 30

@description('Gigabytes of logs a day; -1 for no limit.')
param logDailyCapGB int = -1

@description('Who is told of alerts; empty for nobody.')
param alertEmail string = ''

@allowed(['PT5M', 'PT15M'])
param alertEvery string = 'PT15M'

@description('Failed calls within 15 minutes that are too many.')
param alertFailures int = 5

@description('Messages without their vector that are too many for half an hour.')
param alertPendingEmbeddings int = 1000

var suffix = uniqueString(resourceGroup().id, environmentName)
var tags = { 'azd-env-name': environmentName }
var database = 'memory'
var names = {
  identity: 'id-memory-${suffix}'
  storage: 'stmemory${suffix}'
  vault: 'kv-memory-${suffix}'
  openAI: 'oai-memory-${suffix}'
  postgres: 'psql-memory-${suffix}'
  workspace: 'log-memory-${suffix}'
  insights: 'appi-memory-${suffix}'
  plan: 'plan-memory-${suffix}'
  app: 'func-memory-${suffix}'
}
var usesPostgres = storageBackend == 'postgres'
var usesTokens = !empty(tokenSigningKey)
var usesVault = !usesPostgres || usesTokens

// Every instance has a pool of its own and knows nothing of the others: all of them together must fit into the server.
var instances = !usesPostgres || maximumInstanceCount * postgresPoolMaximum <= connectionsOf(postgresSize)
  ? maximumInstanceCount
  : fail('${maximumInstanceCount} instances with ${postgresPoolMaximum} connections each are ${maximumInstanceCount * postgresPoolMaximum} connections, and ${postgresSize} has ${connectionsOf(postgresSize)}: lower maximumInstanceCount or postgresPoolMaximum, or raise postgresSize')

var alwaysReady = alwaysReadyInstances <= instances
  ? alwaysReadyInstances
  : fail('alwaysReadyInstances (${alwaysReadyInstances}) is more than maximumInstanceCount (${maximumInstanceCount})')

// An address that is needed and empty stops the deployment here, a token in key-vault.bicep.
var redisUrl = storageBackend != 'upstash' || !empty(upstashRedisUrl)
  ? upstashRedisUrl
  : fail('storageBackend is upstash: set UPSTASH_REDIS_REST_URL')

var sqlUrl = storageBackend != 'libsql' || !empty(libSqlUrl)
  ? libSqlUrl
  : fail('storageBackend is libsql: set LIBSQL_URL')

var secretNames = concat(
  storageBackend == 'upstash' ? ['upstash-redis-rest-token'] : [],
  storageBackend == 'upstash' && !empty(upstashVectorUrl) ? ['upstash-vector-rest-token'] : [],
  storageBackend == 'libsql' ? ['libsql-auth-token'] : [],
  usesTokens ? ['token-signing-key'] : []
)

module identity 'identity.bicep' = {
  name: 'identity'
  params: { name: names.identity, location: location, tags: tags }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: names.workspace
    insightsName: names.insights
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGB: logDailyCapGB
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    name: names.storage
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_ZRS' : storageSku // an app in several zones must not lose its package with one of them
  }
}

module vault 'key-vault.bicep' = if (usesVault) {
  name: 'key-vault'
  params: {
    name: names.vault
    location: location
    tags: tags
    purgeProtection: purgeProtection
    names: secretNames
    values: {
      'upstash-redis-rest-token': upstashRedisToken
      'upstash-vector-rest-token': upstashVectorToken
      'libsql-auth-token': libSqlToken
      'token-signing-key': tokenSigningKey
    }
  }
}

module openAI 'openai.bicep' = if (embeddings) {
  name: 'openai'
  params: {
    name: names.openAI
    location: location
    tags: tags
    model: embeddingModel
    modelVersion: embeddingModelVersion
    sku: embeddingSku
    capacity: embeddingCapacity
  }
}

module postgres 'postgres.bicep' = if (usesPostgres) {
  name: 'postgres'
  params: {
    name: names.postgres
    location: location
    tags: tags
    database: database
    sku: postgresSize
    storageGB: postgresStorageGB
    backupDays: postgresBackupDays
    zoneRedundant: zoneRedundant
    identityName: names.identity
    identityPrincipalId: identity.outputs.principalId
  }
}

module access 'access.bicep' = {
  name: 'access'
  params: {
    principalId: identity.outputs.principalId
    storageName: names.storage
    insightsName: names.insights
    vaultName: usesVault ? names.vault : ''
    openAIName: embeddings ? names.openAI : ''
  }
  dependsOn: [storage, monitoring, vault, openAI]
}

module functionApp 'function-app.bicep' = {
  name: 'function-app'
  params: {
    planName: names.plan
    name: names.app
    location: location
    tags: tags
    identityId: identity.outputs.id
    packageUri: storage.outputs.packageUri
    settings: union(
      hostSettings(
        storage.outputs.blobUri,
        storage.outputs.queueUri,
        storage.outputs.tableUri,
        identity.outputs.clientId,
        monitoring.outputs.connectionString
      ),
      usesPostgres
        ? postgresSettings(
            postgres!.outputs.host,
            database,
            names.identity,
            identity.outputs.clientId,
            postgresPoolMaximum
          )
        : storageBackend == 'libsql'
            ? libSqlSettings(names.vault, sqlUrl)
            : upstashSettings(names.vault, redisUrl, upstashVectorUrl),
      embeddings
        ? embeddingSettings(openAI!.outputs.endpoint, openAI!.outputs.deployment, identity.outputs.clientId)
        : {},
      accessSettings(names.vault, openIdAuthority, openIdAudience, openIdResourceClaim, usesTokens)
    )
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: instances
    alwaysReadyInstances: alwaysReady
    zoneRedundant: zoneRedundant
  }
  dependsOn: [access] // the app reads its package and its secrets when it starts
}

module diagnostics 'diagnostics.bicep' = {
  name: 'diagnostics'
  params: {
    workspaceId: monitoring.outputs.workspaceId
    storageName: names.storage
    appName: functionApp.outputs.name
    vaultName: usesVault ? names.vault : ''
    openAIName: embeddings ? names.openAI : ''
    postgresName: usesPostgres ? names.postgres : ''
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
    every: alertEvery
    failures: alertFailures
    pendingEmbeddings: alertPendingEmbeddings
  }
}

output appName string = functionApp.outputs.name
output url string = functionApp.outputs.url
