// A web server with one page; other servers only need the port to be open.
const server = require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/" ? 200 : 404;
  response.end();
});
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => process.exit(0));
process.on("SIGQUIT", () => process.exit(0));
