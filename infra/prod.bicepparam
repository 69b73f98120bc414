using 'main.bicep'

// Answers at once, and loses nothing by mistake.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')

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
param maximumInstanceCount = 80
param alwaysReadyInstances = 1
param zoneRedundant = false // true has two instances always ready for each group of functions; the README says what that costs
param storageSku = 'Standard_ZRS'
param purgeProtection = true
param postgresSize = 'Standard_D2ds_v5'
param postgresStorageGB = 128
param postgresBackupDays = 35
param embeddingCapacity = 200
param logRetentionDays = 90
param logDailyCapGB = -1
param alertEvery = 'PT5M'
