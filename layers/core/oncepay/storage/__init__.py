"""DynamoDB: models, the retrying client, transactions. Nothing above this floor knows DynamoDB."""
