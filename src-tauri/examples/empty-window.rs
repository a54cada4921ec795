//! An empty window of the same framework: what the start of Booking Desk is measured against.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let builder = tauri::Builder::default().setup(move |app| {
        let url = tauri::WebviewUrl::External("about:blank".parse()?);
        tauri::WebviewWindowBuilder::new(app, "empty", url).title("Empty").build()?;
        Ok(())
    });
    let mut context = tauri::generate_context!();
    context.config_mut().app.windows.clear();
    builder.run(context)?;
    Ok(())
}
