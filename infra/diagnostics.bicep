// What each resource says of itself, sent to the workspace. Application Insights has what the app says.

param workspaceId string
param storageName string
param appName string

@description('Empty where there is none.')
param vaultName string

@description('Empty where there is none.')
param openAIName string

@description('Empty where there is none.')
param postgresName string

var name = 'workspace'

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource queues 'queueServices' existing = {
    name: 'default'
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = if (!empty(vaultName)) {
  name: vaultName
}

resource openAI 'Microsoft.CognitiveServices/accounts@2025-09-01' existing = if (!empty(openAIName)) {
  name: openAIName
}

resource postgres 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = if (!empty(postgresName)) {
  name: postgresName
}

// Calls and errors, counted: a log of each would mostly tell of the host looking for messages.
resource ofQueues 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: name
  scope: storage::queues
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

// The host's own log has what happens before the app's telemetry works.
resource ofApp 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: name
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
  }
}

resource ofVault 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(vaultName)) {
  name: name
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

resource ofOpenAI 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(openAIName)) {
  name: name
  scope: openAI
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'Audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource ofPostgres 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(postgresName)) {
  name: name
  scope: postgres
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'PostgreSQLLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}
