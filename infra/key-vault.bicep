// The tokens of services that know no Azure identity. The app reads them through references.

param name string
param location string
param tags object

@description('A protected vault, and its name, cannot be had back before 90 days after its deletion. It cannot be switched off again.')
param purgeProtection bool

@description('The secrets to keep.')
param names array

@description('What they are, by name.')
@secure()
param values object

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: purgeProtection ? 90 : 7
    enablePurgeProtection: purgeProtection ? true : null // false is refused
  }
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = [
  for secret in names: {
    parent: vault
    name: secret
    properties: { value: !empty(values[secret]) ? values[secret] : fail('no value is given for the secret ${secret}') }
  }
]
