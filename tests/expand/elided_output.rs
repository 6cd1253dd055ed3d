#[cancellable]
async fn first(text: &str, _n: usize) -> Result<&str, Error> {
    Ok(text)
}

#[cancellable]
async fn name(&self, id: &u32, list: impl Iterator<Item = &u32>) -> Result<Option<&str>, Error> {
    Ok(self.find(id))
}
