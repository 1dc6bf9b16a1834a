// Shows the description of the API to be read and tried. Knows no route: everything comes from the document.
const place = document.getElementById("explorer");
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  persistAuthorization: false,
});
