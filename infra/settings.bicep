// What each choice sets in the app, by the names that it reads (README, Configuration).

@export()
func upstashSettings(vault string, redisUrl string, vectorUrl string) object =>
  union(
    {
      Memory__Storage__Backend: 'upstash'
      UPSTASH_REDIS_REST_URL: redisUrl
      UPSTASH_REDIS_REST_TOKEN: secret(vault, 'upstash-redis-rest-token')
    },
    empty(vectorUrl)
      ? {} // vectors are then kept in Redis
      : {
          UPSTASH_VECTOR_REST_URL: vectorUrl
          UPSTASH_VECTOR_REST_TOKEN: secret(vault, 'upstash-vector-rest-token')
        }
  )

@export()
func libSqlSettings(vault string, url string) object => {
  Memory__Storage__Backend: 'libsql'
  LIBSQL_URL: url
  LIBSQL_AUTH_TOKEN: secret(vault, 'libsql-auth-token')
}

@export()
func postgresSettings(host string, database string, identityName string, clientId string, poolMaximum int) object => {
  Memory__Storage__Backend: 'postgres'
  DATABASE_URL: 'Host=${host};Port=5432;Database=${database};Username=${identityName};SSL Mode=VerifyFull'
  Memory__Postgres__EntraAuthentication: 'True'
  Memory__Postgres__ManagedIdentityClientId: clientId
  Memory__Postgres__Pool__Preset: 'Serverless'
  Memory__Postgres__Pool__Max: string(poolMaximum) // the number that the connection budget was checked with
}

@export()
func embeddingSettings(endpoint string, deployment string, clientId string) object => {
  Memory__Embedding__Provider: 'azure-openai'
  AZURE_OPENAI_ENDPOINT: endpoint
  AZURE_OPENAI_EMBEDDING_DEPLOYMENT: deployment
  Memory__Embedding__AzureOpenAI__ManagedIdentityClientId: clientId
}

@export()
@description('Who is let in, beside whoever has a function key.')
func accessSettings(vault string, authority string, audience string, resourceClaim string, usesTokens bool) object =>
  union(
    empty(authority)
      ? {}
      : {
          Memory__Http__Jwt__Authority: authority
          Memory__Http__Jwt__Audience: audience
          Memory__Http__Jwt__ResourceClaim: resourceClaim
        },
    usesTokens ? { Memory__Http__Tokens__SigningKey: secret(vault, 'token-signing-key') } : {}
  )

@export()
@description('The host, its queues and its telemetry, all reached with the identity.')
func hostSettings(blobUri string, queueUri string, tableUri string, clientId string, insights string) object => {
  AzureWebJobsStorage__blobServiceUri: blobUri
  AzureWebJobsStorage__queueServiceUri: queueUri
  AzureWebJobsStorage__tableServiceUri: tableUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  AZURE_CLIENT_ID: clientId // which identity Azure.Identity takes when it is not told
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${clientId}'
}

// The newest version of the secret, whichever that is: a changed token reaches the app within a day, or at its next start.
func secret(vault string, name string) string => '@Microsoft.KeyVault(VaultName=${vault};SecretName=${name})'
