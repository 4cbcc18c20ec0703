import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;

/** The one number that a query gives: URL, user, password, SQL. */
public class Count {
  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection(args[0], args[1], args[2]);
        ResultSet rows = connection.createStatement().executeQuery(args[3])) {
      rows.next();
      System.out.println(rows.getLong(1));
    }
  }
}
