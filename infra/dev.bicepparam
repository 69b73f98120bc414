using 'main.bicep'

// Costs next to nothing while nobody uses it, and can be thrown away.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')

// The same in every environment; the README lists them.
param storageBackend = readEnvironmentVariable('MEMORY_STORAGE_BACKEND', 'upstash')
param upstashRedisUrl = readEnvironmentVariable('UPSTASH_REDIS_REST_URL', '')
param upstashRedisToken = readEnvironmentVariable('UPSTASH_REDIS_REST_TOKEN', '')
param upstashVectorUrl = readEnvironmentVariable('UPSTASH_VECTOR_REST_URL', '')
param upstashVectorToken = readEnvironmentVariable('UPSTASH_VECTOR_REST_TOKEN', '')
param libSqlUrl = readEnvironmentVariable('LIBSQL_URL', '')
param libSqlToken = readEnvironmentVariable('LIBSQL_AUTH_TOKEN', '')
param openIdAuthority = readEnvironmentVariable('MEMORY_OPENID_AUTHORITY', '')
param openIdAudience = readEnvironmentVariable('MEMORY_OPENID_AUDIENCE', '')
param openIdResourceClaim = readEnvironmentVariable('MEMORY_OPENID_RESOURCE_CLAIM', 'oid')
param tokenSigningKey = readEnvironmentVariable('MEMORY_TOKEN_SIGNING_KEY', '')
param embeddings = bool(readEnvironmentVariable('MEMORY_EMBEDDINGS', 'true'))
param alertEmail = readEnvironmentVariable('MEMORY_ALERT_EMAIL', '')

param instanceMemoryMB = 2048
param maximumInstanceCount = 40
param alwaysReadyInstances = 0
param zoneRedundant = false
param storageSku = 'Standard_LRS'
param purgeProtection = false
param postgresSize = 'Standard_B2s'
param postgresStorageGB = 32
param postgresBackupDays = 7
param embeddingCapacity = 50
param logRetentionDays = 30
param logDailyCapGB = 1
param alertEvery = 'PT15M'
