// Azure OpenAI and the embedding model.

param name string
param location string
param tags object

@description('The model, which is also the name of the deployment.')
param model string
param modelVersion string

@description('Standard keeps the texts in the region; GlobalStandard is offered in more regions.')
@allowed(['Standard', 'GlobalStandard', 'DataZoneStandard'])
param sku string

@description('Thousand tokens a minute.')
param capacity int

resource account 'Microsoft.CognitiveServices/accounts@2025-09-01' = {
  name: name
  location: location
  tags: tags
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: {
    customSubDomainName: name // Entra tokens are accepted at the account's own name only
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

resource deployment 'Microsoft.CognitiveServices/accounts/deployments@2025-09-01' = {
  parent: account
  name: model
  sku: { name: sku, capacity: capacity }
  properties: {
    model: { format: 'OpenAI', name: model, version: modelVersion }
    versionUpgradeOption: 'NoAutoUpgrade' // another version's vectors do not compare with those that are stored
  }
}

output endpoint string = account.properties.endpoint
output deployment string = deployment.name
