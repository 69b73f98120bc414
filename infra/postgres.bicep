// PostgreSQL with pgvector, where only Microsoft Entra identities may sign in.

import { size, sizes } from 'postgres-sizes.bicep'

param name string
param location string
param tags object
param database string
param sku size
param storageGB int

@minValue(7)
@maxValue(35)
param backupDays int

@description('A standby in another zone, at twice the price. Burstable sizes have none.')
param zoneRedundant bool

param identityName string
param identityPrincipalId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: sizes[sku].tier }
  properties: {
    version: '17'
    storage: { storageSizeGB: storageGB, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: backupDays, geoRedundantBackup: 'Disabled' }
    highAvailability: {
      mode: !zoneRedundant
        ? 'Disabled'
        : sizes[sku].tier != 'Burstable'
            ? 'ZoneRedundant'
            : fail('${sku} has no standby: take a larger size, or zoneRedundant = false')
    }
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    network: { publicNetworkAccess: 'Enabled' }
  }
}

// The server takes one change at a time, so that each of these waits for the one before.

resource extensions 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'azure.extensions'
  properties: { value: 'VECTOR', source: 'user-override' }
}

resource encryption 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'ssl_min_protocol_version'
  properties: { value: 'TLSv1.2', source: 'user-override' }
  dependsOn: [extensions]
}

resource memory 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: database
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
  dependsOn: [encryption]
}

// The app makes its schema and the extension at its first start, which only an administrator may (docs/decisions/0012).
resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: identityPrincipalId
  properties: {
    principalName: identityName
    principalType: 'ServicePrincipal'
    tenantId: tenant().tenantId
  }
  dependsOn: [memory]
}

// 0.0.0.0 means Azure's own addresses: the app has no fixed one. Who comes through still needs the identity's token.
resource azure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = {
  parent: server
  name: 'azure'
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [administrator]
}

output host string = server.properties.fullyQualifiedDomainName
